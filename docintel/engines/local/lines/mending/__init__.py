"""What was read, mended: numbers, signs of measure, raised digits, letters of another alphabet."""
