"""The reading of documents as rows: jobs, the states of pages, leases; what workers hand in."""
