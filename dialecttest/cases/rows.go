package cases

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/sqltype"
)

// row is the values of a row as text; a NULL is "NULL".
type row []string

// check compares what came with what is expected.
func (want *outcome) check(t *testing.T, c Case, rows []row, res driver.Result) {
	t.Helper()
	switch {
	case want.Rows != nil:
		w := make([]row, len(want.Rows))
		for i, r := range want.Rows {
			w[i] = wantedRow(r)
		}
		if c.Generated {
			rows, w = withoutKeys(rows), withoutKeys(w)
		}
		got, wanted := texts(rounded(rows, decimals(want.Rows))), texts(w)
		if !want.Ordered || c.AnyOrder {
			slices.Sort(got)
			slices.Sort(wanted)
		}
		if diff := cmp.Diff(got, wanted); diff != "" {
			t.Errorf("rows (-got +want):\n%s", diff)
		}
	case want.Count != nil:
		if len(rows) != *want.Count {
			t.Errorf("got %d rows, want %d", len(rows), *want.Count)
		}
	case want.Affected != nil && rows == nil && *want.Affected >= 0:
		if res.RowsAffected != *want.Affected {
			t.Errorf("got %d rows changed, want %d", res.RowsAffected, *want.Affected)
		}
	}
}

// withoutKeys returns the rows with a word for the first value that is not NULL.
func withoutKeys(rows []row) []row {
	out := make([]row, len(rows))
	for i, r := range rows {
		out[i] = slices.Clone(r)
		if len(r) > 0 && r[0] != "NULL" {
			out[i][0] = "generated"
		}
	}
	return out
}

// decimals returns, for each column that holds decimals, how many digits they
// have after the point at most; -1 for the others.
func decimals(rows [][]any) []int {
	var places []int
	for _, r := range rows {
		for i, v := range r {
			if i >= len(places) {
				places = append(places, -1)
			}
			if m, ok := v.(map[string]any); ok && m["decimal"] != nil {
				_, fraction, _ := strings.Cut(fmt.Sprint(m["decimal"]), ".")
				places[i] = max(places[i], len(fraction))
			}
		}
	}
	return places
}

// rounded rounds to so many digits: a quotient may come more exact than it was
// written down.
func rounded(rows []row, places []int) []row {
	for _, r := range rows {
		for i := range min(len(r), len(places)) {
			if f, err := strconv.ParseFloat(r[i], 64); err == nil && places[i] >= 0 {
				r[i] = number(strconv.FormatFloat(f, 'f', places[i], 64))
			}
		}
	}
	return rows
}

func texts(rows []row) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = strings.Join(r, "|")
	}
	return out
}

// wantedRow is a row of the files as text.
func wantedRow(values []any) row {
	r := make(row, len(values))
	for i, v := range values {
		r[i] = wanted(v)
	}
	return r
}

func wanted(v any) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case bool:
		return number(strconv.FormatBool(v))
	case float64:
		return number(strconv.FormatFloat(v, 'g', -1, 64))
	case string:
		return v
	case map[string]any:
		for kind, inner := range v {
			switch text := fmt.Sprint(inner); kind {
			case "decimal":
				return number(text)
			case "date":
				return moment(text)
			case "json":
				return canonical(inner)
			default:
				return text
			}
		}
	}
	return fmt.Sprint(v)
}

// readRow reads the current row by the types of its columns; of text, of which
// no types are known, by those of the database.
func readRow(r *engine.Result) row {
	cols := r.ResultColumns()
	out := make(row, len(r.Columns()))
	for i := range out {
		t := sqltype.Type(sqltype.Null{})
		if i < len(cols) && cols[i].Type != nil {
			t = cols[i].Type
		}
		out[i] = cell(r.Row(), i, t)
	}
	return out
}

func cell(r sqltype.Row, i int, t sqltype.Type) string {
	if r.IsNull(i) {
		return "NULL"
	}
	switch t.Kind() {
	case sqltype.KindInt64:
		return strconv.FormatInt(r.Int64(i), 10)
	case sqltype.KindUint64:
		return strconv.FormatUint(r.Uint64(i), 10)
	case sqltype.KindFloat64:
		return number(strconv.FormatFloat(r.Float64(i), 'g', -1, 64))
	case sqltype.KindBool:
		return number(strconv.FormatBool(r.Bool(i)))
	case sqltype.KindDecimal:
		return number(string(r.Text(i)))
	case sqltype.KindBytes:
		return hex.EncodeToString(r.Bytes(i))
	case sqltype.KindDate:
		return moment(r.Date(i).Format(time.DateOnly))
	case sqltype.KindDateTime:
		return moment(r.DateTime(i).Format(isoMoment))
	case sqltype.KindInstant:
		return moment(r.Instant(i).Format(isoMoment))
	case sqltype.KindTimeOfDay:
		return r.TimeOfDay(i).String()
	case sqltype.KindUUID:
		return uuid.UUID(r.UUID(i)).String()
	case sqltype.KindJSON:
		return document(string(r.Text(i)))
	case sqltype.KindArray:
		return elements(r.Raw(i).Value.Array(), t)
	}
	return string(r.Text(i))
}

// elements are those of an array, as a list of JSON.
func elements(values []sqltype.Value, t sqltype.Type) string {
	a, ok := t.(sqltype.Array)
	if !ok {
		return fmt.Sprintf("an array for %s", t)
	}
	texts := make([]string, len(values))
	for i := range values {
		texts[i] = cell(sqltype.RowOf(values...), i, a.Elem)
	}
	list, err := json.Marshal(texts)
	if err != nil {
		return err.Error()
	}
	return string(list)
}

const isoMoment = "2006-01-02T15:04:05.999999"

// number writes numbers of the same value alike, whatever their type, to 12
// digits, and truth values as 1 and 0: which of these types a computed column
// has is the product's affair.
func number(s string) string {
	switch s {
	case "true":
		return "1"
	case "false":
		return "0"
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.Abs(f) >= 1<<53 {
		return s
	}
	return strconv.FormatFloat(f, 'g', 12, 64)
}

// moment is a day or a moment in one form.
func moment(s string) string {
	s = strings.TrimSuffix(strings.Replace(s, " ", "T", 1), "T00:00:00")
	return strings.TrimSuffix(s, "+00:00")
}

func document(text string) string {
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return text
	}
	return canonical(v)
}

// canonical writes a document, and a scalar as the expected rows have it.
func canonical(v any) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case string:
		return v
	case float64, bool:
		return number(fmt.Sprint(v))
	}
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
