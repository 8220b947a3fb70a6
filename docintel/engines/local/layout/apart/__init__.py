"""What stands apart from running text: program text, line numbers, labels with values, readings over characters,
turned lines, till slips; and text that stands around something else."""
