package expr

// ParseText is SQL of a text that is not a constant, for fuzzing.
func ParseText(text string, args []Arg) *Text {
	return SQL(constant(text), args...)
}
