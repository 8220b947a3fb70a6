"""What stands apart from running text: program text, line numbers, readings over characters, turned lines."""
