"""Forms with check boxes, drawn at random: `texts` says what they ask, `drawing` draws boxes and marks, `sampling`
puts a page together."""
