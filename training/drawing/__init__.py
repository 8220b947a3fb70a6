"""Pages and regions with every character's place and every block's box: drawn, aged and scanned."""
