"""Another, much smaller model: it tells the script and the turn of a line of text, for the engine `local`."""
