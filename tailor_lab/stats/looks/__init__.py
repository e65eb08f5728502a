"""Looking before all the data are in: group-sequential and anytime-valid procedures."""
