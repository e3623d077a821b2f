package compile

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// KnownOptions are the options that a product has for a table, a column, a key
// or an index, each with what its value may be. A key that ends in a point is
// followed by the name of a column.
type KnownOptions map[string]func(value string) error

// Check refuses an option that begins with the product's prefix ("mysql.") and
// is not known, or has a value that it can't have. Options of other products
// are passed over. what names the object.
func (k KnownOptions) Check(prefix, what string, options map[string]string) error {
	for _, key := range slices.Sorted(maps.Keys(options)) {
		if !strings.HasPrefix(key, prefix) {
			continue
		}
		check, known := k[key]
		if i := strings.IndexByte(key[len(prefix):], '.'); !known && i >= 0 {
			check, known = k[key[:len(prefix)+i+1]]
		}
		if !known {
			return fmt.Errorf("compile: %s has the option %q, which is not known; known are %s", what, key, strings.Join(slices.Sorted(maps.Keys(k)), ", "))
		}
		if err := check(options[key]); err != nil {
			return fmt.Errorf("compile: %s: the option %q %w", what, key, err)
		}
	}
	return nil
}

// OptionWord is a word of letters, digits and _.
func OptionWord(v string) error {
	for _, r := range v {
		if r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return fmt.Errorf("takes a word of letters, digits and _")
		}
	}
	if v == "" {
		return fmt.Errorf("takes a word of letters, digits and _")
	}
	return nil
}

// OptionWords are words of letters, digits and _ with single blanks between
// them.
func OptionWords(v string) error {
	for w := range strings.SplitSeq(v, " ") {
		if err := OptionWord(w); err != nil {
			return fmt.Errorf("takes words of letters, digits and _")
		}
	}
	return nil
}

// OptionFlag is true or false.
func OptionFlag(v string) error {
	if _, err := strconv.ParseBool(v); err != nil {
		return fmt.Errorf("takes true or false")
	}
	return nil
}

// OptionNumber is a whole number that is not negative.
func OptionNumber(v string) error {
	if _, err := strconv.ParseUint(v, 10, 63); err != nil {
		return fmt.Errorf("takes a whole number that is not negative")
	}
	return nil
}

// OptionOneOf is one of several words, whatever their case.
func OptionOneOf(words ...string) func(v string) error {
	return func(v string) error {
		if !slices.Contains(words, strings.ToUpper(v)) {
			return fmt.Errorf("takes one of %s", strings.Join(words, ", "))
		}
		return nil
	}
}

// OptionSettings are settings such as "fillfactor=50, fastupdate=off".
func OptionSettings(v string) error {
	for setting := range strings.SplitSeq(v, ",") {
		name, value, given := strings.Cut(strings.TrimSpace(setting), "=")
		if OptionWord(strings.TrimSpace(name)) != nil || !given || OptionWord(strings.TrimSpace(value)) != nil {
			return fmt.Errorf("takes settings such as fillfactor=50, with commas between them")
		}
	}
	return nil
}

// Flag reports whether an option that takes true or false is set to true.
func Flag(options map[string]string, key string) bool {
	on, err := strconv.ParseBool(options[key])
	return err == nil && on
}
