package sqltype

import (
	"errors"
	"fmt"
)

// EnumBy is an enumeration of values that are no text in the program, such as
// constants that iota counts, each of which has a label in the database: label
// is T.String, or the like. The labels of e are those of the values, in their
// order. Values that are not listed are refused, as are two of one label.
func EnumBy[T comparable](e Enum, label func(T) string, values ...T) Type {
	labels := make([]string, len(values))
	byLabel, byValue := make(map[string]T, len(values)), make(map[T]string, len(values))
	for i, v := range values {
		labels[i] = label(v)
		byLabel[labels[i]], byValue[v] = v, labels[i]
	}
	e.Labels = NewLabels(labels...)
	return Decorate(fmt.Sprintf("%T%#v", *new(T), values), e,
		func(v T) (string, error) {
			text, ok := byValue[v]
			if !ok {
				return "", errNoLabel
			}
			return text, nil
		},
		func(text string) (T, error) { return byLabel[text], nil })
}

var errNoLabel = errors.New("sqltype: the value has no label")
