"""One request to a model server: what is sent, how it is read, retried and hedged."""
