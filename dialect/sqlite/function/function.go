// Package function has the SQL functions that SQLite lacks, in Go, for the glue
// of each driver to register: the operator REGEXP, which calls a function of
// that name, and regexp_replace. It must not know any driver.
package function

import (
	"database/sql/driver"
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// The names under which the functions are registered, and how many arguments
// they take.
const (
	Regexp      = "regexp"
	RegexpArity = 2

	RegexpReplace      = "regexp_replace"
	RegexpReplaceArity = 3
)

// maxCached bounds the compiled expressions that are kept: programs have few,
// and one that makes them of its users' input must not grow.
const maxCached = 256

var cache = struct {
	sync.RWMutex
	compiled map[string]*regexp.Regexp
}{compiled: map[string]*regexp.Regexp{}}

func compiled(pattern string) (*regexp.Regexp, error) {
	cache.RLock()
	re := cache.compiled[pattern]
	cache.RUnlock()
	if re != nil {
		return re, nil
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fmt.Errorf("sqlite: the regular expression can't be read: %w; its syntax is that of Go's package regexp", err)
	}
	cache.Lock()
	defer cache.Unlock()
	if len(cache.compiled) >= maxCached {
		clear(cache.compiled)
	}
	cache.compiled[pattern] = re
	return re, nil
}

// Matches reports whether the text has a match of the pattern: text REGEXP
// pattern, which passes the pattern first.
func Matches(pattern, text string) (bool, error) {
	re, err := compiled(pattern)
	if err != nil {
		return false, err
	}
	return re.MatchString(text), nil
}

// Replace returns the text with every match of the pattern replaced, in which \1
// stands for the first group.
func Replace(text, pattern, with string) (string, error) {
	re, err := compiled(pattern)
	if err != nil {
		return "", err
	}
	return re.ReplaceAllString(text, template(with)), nil
}

// template writes \1 as Go does, ${1}, and a dollar sign as itself.
func template(with string) string {
	if !strings.ContainsAny(with, `\$`) {
		return with
	}
	var b strings.Builder
	for i := 0; i < len(with); i++ {
		switch {
		case with[i] == '$':
			b.WriteString("$$")
		case with[i] != '\\' || i+1 == len(with):
			b.WriteByte(with[i])
		case with[i+1] >= '0' && with[i+1] <= '9':
			i++
			b.WriteString("${" + with[i:i+1] + "}")
		default:
			i++
			b.WriteByte(with[i])
		}
	}
	return b.String()
}

// Call calls the function of the name with arguments as the drivers of
// database/sql pass them. It gives nil where one of them is nil.
func Call(name string, args ...driver.Value) (driver.Value, error) {
	texts := make([]string, len(args))
	for i, a := range args {
		switch a := a.(type) {
		case nil:
			return nil, nil
		case string:
			texts[i] = a
		case []byte:
			texts[i] = string(a)
		default:
			texts[i] = fmt.Sprint(a)
		}
	}
	switch {
	case name == Regexp && len(args) == RegexpArity:
		return Matches(texts[0], texts[1])
	case name == RegexpReplace && len(args) == RegexpReplaceArity:
		return Replace(texts[0], texts[1], texts[2])
	}
	return nil, fmt.Errorf("sqlite: there is no function %s of %d arguments", name, len(args))
}
