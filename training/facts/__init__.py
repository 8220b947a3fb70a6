"""Makes the scorer of facts (issuer, date, totals, number) in `docintel/answering/facts`: see `__main__`."""
