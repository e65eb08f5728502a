"""Values to bytes and back, exactly and without pickle."""
