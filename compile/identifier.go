package compile

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Identifiers says how names are quoted.
type Identifiers struct {
	// Open and Close surround a name. A Close within the name is doubled.
	Open, Close byte
	// Max is the longest name, in bytes where InBytes, else in characters; 0:
	// no limit.
	Max     int
	InBytes bool
	// Forbidden are characters that the product refuses even when quoted.
	Forbidden string
	// Refused says why the product refuses a name for another reason; "" where
	// it does not. Nil: never.
	Refused func(name string) (reason string)
}

// Append writes name as a quoted identifier. It is the only writer of
// identifiers. A name that the product would cut or refuse is an error here:
// empty, too long, with NUL, not UTF-8, or only of blanks.
func (q Identifiers) Append(buf []byte, name string) ([]byte, error) {
	if err := q.check(name); err != nil {
		return buf, err
	}
	buf = append(buf, q.Open)
	for i := range len(name) {
		if name[i] == q.Close {
			buf = append(buf, q.Close)
		}
		buf = append(buf, name[i])
	}
	return append(buf, q.Close), nil
}

func (q Identifiers) check(name string) error {
	switch {
	case strings.TrimSpace(name) == "":
		return fmt.Errorf("compile: an identifier is empty; give the table, column or constraint a name")
	case strings.IndexByte(name, 0) >= 0:
		return fmt.Errorf("compile: the identifier %q has a NUL in it; no database can hold that", name)
	case !utf8.ValidString(name):
		return fmt.Errorf("compile: the identifier %q is not valid UTF-8", name)
	case q.Forbidden != "" && strings.ContainsAny(name, q.Forbidden):
		return fmt.Errorf("compile: the identifier %q has one of the characters %q, which the database refuses", name, q.Forbidden)
	}
	n, unit := utf8.RuneCountInString(name), "characters"
	if q.InBytes {
		n, unit = len(name), "bytes"
	}
	if q.Max > 0 && n > q.Max {
		return fmt.Errorf("compile: the identifier %q has %d %s; the limit is %d, give it a shorter name", name, n, unit, q.Max)
	}
	if q.Refused != nil {
		if reason := q.Refused(name); reason != "" {
			return fmt.Errorf("compile: the identifier %q %s, which the database refuses", name, reason)
		}
	}
	return nil
}
