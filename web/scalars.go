package web

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/alkahest-go/alkahest/sqltype"
)

// scalarForm is how one value that is no list and no document is written.
type scalarForm struct {
	what   string // "a number", for messages
	number bool   // as a number in JSON
	either bool   // as a number or as text
	truth  bool   // as true or false
	set    func(v reflect.Value, text string) *problem
}

var (
	timeType     = reflect.TypeFor[time.Time]()
	durationType = reflect.TypeFor[time.Duration]()
)

// scalarOf finds the form of a Go type in a column; nil: there is none.
func scalarOf(t reflect.Type, column sqltype.Type) *scalarForm {
	kind := column.Kind()
	switch {
	case t == timeType:
		return timeForm(kind)
	case t == durationType && (kind == sqltype.KindTimeOfDay || kind == sqltype.KindInterval):
		return durationForm(kind)
	case unmarshaler(reflect.New(t).Elem()) != nil:
		return ownForm(kind)
	}
	switch {
	case t.Kind() == reflect.Bool:
		return &scalarForm{what: "true or false", truth: true, set: setBool}
	case t.Kind() >= reflect.Int && t.Kind() <= reflect.Int64 && isNumber(kind):
		return intForm(t, column)
	case t.Kind() >= reflect.Uint && t.Kind() <= reflect.Uint64 && isNumber(kind):
		return uintForm(t, column)
	case t.Kind() == reflect.Float32 || t.Kind() == reflect.Float64:
		return &scalarForm{what: "a number", number: true, set: setFloat}
	case t.Kind() == reflect.String:
		return textForm(column)
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8:
		return &scalarForm{what: "bytes in base64", set: setBytes}
	}
	return nil
}

func isNumber(k sqltype.Kind) bool {
	return k == sqltype.KindInt64 || k == sqltype.KindUint64 || k == sqltype.KindDecimal
}

// parse reads a text of a form, or the text of a JSON value.
func (s *scalarForm) parse(t reflect.Type, text string) (reflect.Value, *problem) {
	v := reflect.New(t).Elem()
	if !utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0 {
		return v, &problem{code: CodeInvalid, message: "has characters that no text has"}
	}
	return v, s.set(v, text)
}

// textOf returns the text of a JSON value of the right kind.
func (s *scalarForm) textOf(data []byte) (string, *problem) {
	text := ""
	switch c := data[0]; {
	case c == '"' && (s.either || !s.number && !s.truth):
		if err := json.Unmarshal(data, &text); err != nil {
			return "", typeProblem(s.what)
		}
		return text, nil
	case (c == '-' || c >= '0' && c <= '9') && (s.number || s.either), (c == 't' || c == 'f') && s.truth:
		return string(data), nil
	}
	return "", typeProblem(s.what)
}

func setBool(v reflect.Value, text string) *problem {
	switch strings.ToLower(text) {
	case "true", "on", "1":
		v.SetBool(true)
	case "false", "off", "0":
		v.SetBool(false)
	default:
		return typeProblem("true or false")
	}
	return nil
}

// digits reports whether a text is a whole number, in digits.
func digits(text string) bool {
	text = strings.TrimPrefix(text, "-")
	return text != "" && len(text) <= 1000 && strings.Trim(text, "0123456789") == ""
}

// plainNumber reports whether a text is a number without an exponent, which would
// make a short text a long number.
func plainNumber(text string) bool {
	whole, fraction, point := strings.Cut(text, ".")
	return digits(whole) && (!point || digits(fraction) && fraction[0] != '-')
}

func rangeProblem(low, high string) *problem {
	return &problem{code: CodeRange, message: "must be from " + low + " to " + high}
}

func intForm(t reflect.Type, column sqltype.Type) *scalarForm {
	bits := t.Bits()
	if c, ok := column.(sqltype.Integer); ok && !c.Unsigned {
		bits = min(bits, c.Bits)
	}
	low, high := int64(math.MinInt64)>>(64-bits), int64(math.MaxInt64)>>(64-bits)
	if c, ok := column.(sqltype.Integer); ok && c.Unsigned {
		low = 0
		if c.Bits < bits {
			high = 1<<c.Bits - 1
		}
	}
	return &scalarForm{what: "a whole number", number: true, set: func(v reflect.Value, text string) *problem {
		if !digits(text) {
			return typeProblem("a whole number")
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < low || n > high {
			return rangeProblem(strconv.FormatInt(low, 10), strconv.FormatInt(high, 10))
		}
		v.SetInt(n)
		return nil
	}}
}

func uintForm(t reflect.Type, column sqltype.Type) *scalarForm {
	high := uint64(math.MaxUint64) >> (64 - t.Bits())
	if c, ok := column.(sqltype.Integer); ok {
		limit := uint64(math.MaxUint64) >> (64 - c.Bits)
		if !c.Unsigned {
			limit >>= 1
		}
		high = min(high, limit)
	}
	return &scalarForm{what: "a whole number", number: true, set: func(v reflect.Value, text string) *problem {
		if !digits(text) {
			return typeProblem("a whole number")
		}
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil || n > high {
			return rangeProblem("0", strconv.FormatUint(high, 10))
		}
		v.SetUint(n)
		return nil
	}}
}

func setFloat(v reflect.Value, text string) *problem {
	if strings.Trim(text, "0123456789+-.eE") != "" {
		return typeProblem("a number")
	}
	n, err := strconv.ParseFloat(text, v.Type().Bits())
	switch {
	case err != nil && math.IsInf(n, 0):
		return &problem{code: CodeRange, message: "is too large a number"}
	case err != nil:
		return typeProblem("a number")
	}
	v.SetFloat(n)
	return nil
}

// textForm is text, of which some columns take a certain length, or a choice.
func textForm(column sqltype.Type) *scalarForm {
	longest, choice := 0, (*sqltype.Labels)(nil)
	switch c := column.(type) {
	case sqltype.String:
		longest = c.Length
	case sqltype.Enum:
		choice = c.Labels
	}
	return &scalarForm{what: "a text", set: func(v reflect.Value, text string) *problem {
		switch {
		case longest > 0 && utf8.RuneCountInString(text) > longest:
			return &problem{code: CodeLength, message: fmt.Sprintf("must not be longer than %d characters", longest)}
		case choice != nil && !choice.Has(text):
			return &problem{code: CodeChoice, message: "must be one of " + strings.Join(choice.All(), ", ")}
		}
		v.SetString(text)
		return nil
	}}
}

func setBytes(v reflect.Value, text string) *problem {
	data, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		return typeProblem("bytes in base64")
	}
	v.SetBytes(data)
	return nil
}

// ownForm is that of a type which reads its own text.
func ownForm(kind sqltype.Kind) *scalarForm {
	s := &scalarForm{what: "a text that it takes", number: kind == sqltype.KindFloat64, either: isNumber(kind)}
	if s.number || s.either {
		s.what = "a number"
	}
	s.set = func(v reflect.Value, text string) *problem {
		if isNumber(kind) && !plainNumber(text) {
			return typeProblem(s.what)
		}
		if err := unmarshaler(v).UnmarshalText([]byte(text)); err != nil {
			return &problem{code: CodeType, message: "must be " + s.what, err: err}
		}
		return nil
	}
	return s
}

// layouts are how times are written; those of HTML's input elements are among them.
var layouts = map[sqltype.Kind][]string{
	sqltype.KindDate:     {"2006-01-02"},
	sqltype.KindDateTime: {"2006-01-02T15:04", "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999"},
	sqltype.KindInstant:  {time.RFC3339Nano},
}

var timeNames = map[sqltype.Kind]string{
	sqltype.KindDate:     "a date (2006-01-02)",
	sqltype.KindDateTime: "a time (2006-01-02T15:04:05)",
	sqltype.KindInstant:  "a time with its zone (2006-01-02T15:04:05Z)",
}

func timeForm(kind sqltype.Kind) *scalarForm {
	what := timeNames[kind]
	if what == "" {
		return nil
	}
	return &scalarForm{what: what, set: func(v reflect.Value, text string) *problem {
		for _, layout := range layouts[kind] {
			if t, err := time.Parse(layout, text); err == nil {
				v.Set(reflect.ValueOf(t.UTC()))
				return nil
			}
		}
		return typeProblem(what)
	}}
}

func durationForm(kind sqltype.Kind) *scalarForm {
	if kind == sqltype.KindInterval {
		return &scalarForm{what: "a length of time (1h30m)", set: func(v reflect.Value, text string) *problem {
			d, err := time.ParseDuration(text)
			if err != nil {
				return typeProblem("a length of time (1h30m)")
			}
			v.SetInt(int64(d))
			return nil
		}}
	}
	return &scalarForm{what: "a time of day (15:04:05)", set: func(v reflect.Value, text string) *problem {
		for _, layout := range []string{"15:04", "15:04:05.999999999"} {
			if t, err := time.Parse(layout, text); err == nil {
				midnight := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
				v.SetInt(int64(t.Sub(midnight)))
				return nil
			}
		}
		return typeProblem("a time of day (15:04:05)")
	}}
}
