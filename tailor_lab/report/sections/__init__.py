"""The sections of a report: what each says, with every figure named."""
