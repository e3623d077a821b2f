package crowd

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/alkahest-go/alkahest/expr"
)

// entry is a row as a journal has it.
type entry struct {
	tx         string
	kind       int
	lost       bool
	id, number int64
}

// record is what all journals say.
type record struct {
	entries map[string]entry  // by code
	ended   map[string]string // transactions that are known to have ended, and how
	wrong   []string
}

// verify compares the journals with the database, which it reads on a
// connection of its own. It returns how many rows the database has, and how
// many findings are wrong.
func (c *crowd) verify() (rows, wrong int) {
	r := c.read()
	e := open(c.T, c.product, c.url)
	stored := map[string]bool{}
	v := verifier{record: r, model: c.model, given: map[string]map[int64]string{}}
	for at, k := range c.model.kinds {
		v.begin(k)
		result, err := e.Query(c.Context(), expr.NewSelect(k.table.Schema().C("id"), k.table.Schema().C("code"), k.table.Schema().C("number")))
		must(c.T, err)
		for result.Next() {
			row := Row{ID: result.Row().Int64(0), Code: string(result.Row().Text(1)), Number: result.Row().Int64(2)}
			must(c.T, result.Row().Err())
			stored[row.Code] = true
			rows++
			v.row(at, k, &row)
		}
		must(c.T, result.Close())
		v.end(k)
	}
	v.missing(stored)
	v.handedOut()
	for i, text := range v.wrong {
		if i == 10 {
			c.Errorf("and %d more", len(v.wrong)-i)
			break
		}
		c.Error(text)
	}
	c.Logf("%s: %d rows, %d transactions", c.product, rows, len(r.ended))
	return rows, len(v.wrong)
}

func (c *crowd) read() *record {
	r := &record{entries: map[string]entry{}, ended: map[string]string{}}
	for _, path := range c.journals {
		f, err := os.Open(path)
		must(c.T, err)
		for lines := bufio.NewScanner(f); lines.Scan(); {
			if err := r.line(lines.Text()); err != nil {
				c.Fatalf("%s: %q: %v", path, lines.Text(), err)
			}
		}
		must(c.T, f.Close())
	}
	return r
}

func (r *record) line(text string) (err error) {
	word, rest, _ := strings.Cut(text, " ")
	switch word {
	case wordDone, wordUndone:
		r.ended[rest] = word
	case wordWrong:
		r.wrong = append(r.wrong, rest)
	case wordKept, wordLost:
		e := entry{lost: word == wordLost}
		f := strings.Fields(rest)
		if len(f) != 5 {
			return fmt.Errorf("has %d fields", len(f))
		}
		e.tx = f[0]
		for i, p := range []*int64{&e.id, &e.number} {
			if *p, err = strconv.ParseInt(f[3+i], 10, 64); err != nil {
				return err
			}
		}
		if e.kind, err = strconv.Atoi(f[1]); err != nil {
			return err
		}
		r.entries[f[2]] = e
	default:
		return fmt.Errorf("unknown word %q", word)
	}
	return nil
}

// verifier holds the rows of the database against the record.
type verifier struct {
	*record
	model *model
	given map[string]map[int64]string // who has a value, by the generator's name
	times map[int64]int               // how often a generator that cycles gave a value
}

func (v *verifier) fail(format string, args ...any) {
	v.wrong = append(v.wrong, fmt.Sprintf(format, args...))
}

func (v *verifier) begin(*kind) { v.times = map[int64]int{} }

// row checks one row of the database.
func (v *verifier) row(at int, k *kind, r *Row) {
	e, known := v.entries[r.Code]
	switch {
	case !known || e.kind != at:
		v.fail("%s: the row %s is in no journal", k.name, r.Code)
	case e.lost || v.ended[e.tx] == wordUndone:
		v.fail("%s: the row %s was rolled back, and is there", k.name, r.Code)
	case e.id != r.ID || e.number != r.Number:
		v.fail("%s: %s was given id %d and number %d, and has %d and %d", k.name, r.Code, e.id, e.number, r.ID, r.Number)
	}
	if k.cycles() {
		v.times[r.Number]++
		return
	}
	v.take(k, k.value(r), r.Code)
}

// take notes who has a value, of which there may be one.
func (v *verifier) take(k *kind, value int64, code string) {
	if v.given[k.pool] == nil {
		v.given[k.pool] = map[int64]string{}
	}
	if other, twice := v.given[k.pool][value]; twice && other != code {
		v.fail("%s: %d was given to %s and to %s", k.name, value, other, code)
	}
	v.given[k.pool][value] = code
}

// end checks how a generator that cycles has spread its values.
func (v *verifier) end(k *kind) {
	if !k.cycles() {
		return
	}
	least, most := -1, 0
	for n := k.low; n <= k.high; n++ {
		times := v.times[n]
		delete(v.times, n)
		if least < 0 || times < least {
			least = times
		}
		most = max(most, times)
	}
	if len(v.times) > 0 {
		v.fail("%s: gave values outside of %d to %d: %v", k.name, k.low, k.high, v.times)
	}
	if k.even && most-least > 1 {
		v.fail("%s: gave one value %d times and another %d times", k.name, least, most)
	}
}

// missing checks that what was committed is there.
func (v *verifier) missing(stored map[string]bool) {
	for code, e := range v.entries {
		if !e.lost && v.ended[e.tx] == wordDone && !stored[code] {
			v.fail("%s: the row %s was committed, and is not there", v.model.kinds[e.kind].name, code)
		}
	}
}

// handedOut checks the values that were rolled back as well, of generators that
// never give one again.
func (v *verifier) handedOut() {
	for code, e := range v.entries {
		if k := v.model.kinds[e.kind]; k.once {
			v.take(k, k.value(&Row{ID: e.id, Number: e.number}), code)
		}
	}
}
