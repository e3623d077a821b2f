package dialecttest

import (
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// TypeTest is a test of one type. RoundTrip makes it.
type TypeTest struct{ test test }

// RoundTrip returns a test in which each value is stored in a column of the type
// and read back: one by one, in place of each other, in a batch, and NULL too.
// same says whether what came back is what was sent.
func RoundTrip[V any](name string, typ sqltype.Type, same func(a, b V) bool, values ...V) TypeTest {
	x := round(name, typ, same, values...)
	x.needs = nil
	return TypeTest{test: x}
}

func (p Product) types() []test {
	tests := make([]test, len(p.Types))
	for i, x := range p.Types {
		tests[i] = x.test
	}
	return tests
}

// inBatch is how many rows carry the values, in turn; enough for every way in
// which rows are sent.
const inBatch = 300

// storeBatch inserts rows at once and reads them in their order.
func storeBatch[V any](c *T, tab *schema.Table, same func(a, b V) bool, values []V) {
	c.Helper()
	codec := sqltype.CodecOf[V](tab.Column("v").Type)
	encode := func(i int) (sqltype.Value, error) {
		v := values[i%len(values)]
		return codec.Encode(mem.Pointer(&v))
	}
	for i := range values {
		if v, err := encode(i); err != nil || len(v.Reveal()) > 5000 {
			return // a batch of it would be large
		}
	}
	b := newBatch(tab, inBatch, "v")
	b.Bind = func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
		v, err := encode(i)
		return append(dst, v), err
	}
	c.insertBatch(b)
	typed := expr.NewScalar[V](tab.C("v"), codec)
	got, err := engine.Collect[V](c.Context(), c.engine, expr.NewSelect(typed).OrderBy(num(tab, "id").Asc()))
	if err != nil {
		c.Fatal(err)
	}
	if len(got) != inBatch {
		c.Fatalf("got %d rows of a batch, want %d", len(got), inBatch)
	}
	for i := range got {
		if want := values[i%len(values)]; !same(got[i], want) {
			c.Fatalf("row %d of a batch: got %v, want %v", i, got[i], want)
		}
	}
}
