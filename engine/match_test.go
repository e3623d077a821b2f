package engine

import (
	"math/rand/v2"
	"testing"

	"github.com/alkahest-go/alkahest/internal/soak"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Whatever order a server returns rows in, each key finds its row once, and a
// key that was not sent finds none.
func TestKeysFindTheirRowsInAnyOrder(t *testing.T) {
	seed, count, wrong := soak.Seed(t), soak.Count(200_000), 1 // until it is known
	defer func() { soak.Report(t, t.Name(), count, wrong, seed) }()
	for i := range count {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		n := 1 + r.IntN(30)
		keys := make([]sqltype.Value, n)
		for i := range keys {
			keys[i] = sqltype.Int64Value(int64(i*7 - 50))
		}
		order := r.Perm(n)
		if i%3 == 0 { // in order up to somewhere
			for i := range n / 2 {
				order[i] = i
			}
			rest := r.Perm(n - n/2)
			for i, p := range rest {
				order[n/2+i] = n/2 + p
			}
		}
		m := matcher{keys: keys}
		for _, row := range order {
			if got, ok := m.match(keys[row]); !ok || got != row {
				t.Fatalf("seed %d: the key of row %d found row %d, %v", seed, row, got, ok)
			}
		}
		for _, k := range []sqltype.Value{keys[0], sqltype.Int64Value(1000)} {
			if got, ok := m.match(k); ok {
				t.Fatalf("seed %d: a key that is not expected found row %d", seed, got)
			}
		}
	}
	wrong = 0
}

func TestOrderOfIDs(t *testing.T) {
	const top = 1<<63 + 5 // of unsigned ids
	for _, c := range []struct {
		order
		a, b uint64
		want bool
	}{
		{order{1, true}, 7, 8, true},
		{order{1, true}, 7, 9, false},
		{order{3, true}, 7, 10, true},
		{order{3, true}, top, top + 3, true},
		{order{3, true}, 10, 7, false},
		{order{5, false}, 100, 115, true},
		{order{5, false}, 100, 113, false},
		{order{5, false}, 100, 100, false},
		{order{5, false}, 100, 95, false},
		{order{-1, false}, 0, ^uint64(0), true},
		{order{-1, false}, ^uint64(0), 0, false},
	} {
		if got := c.follows(c.a, c.b); got != c.want {
			t.Errorf("step %d, exact %v: %d after %d: got %v, want %v", c.step, c.exact, c.b, c.a, got, c.want)
		}
	}
}

func TestFirstWord(t *testing.T) {
	for sql, want := range map[string]string{
		"select 1": "SELECT", " /* a */ -- b\n (Insert INTO x": "INSERT", "": "", "/* open": "", "-- open": "", "COMMIT": "COMMIT", "1": "",
	} {
		if got := firstWord(sql); got != want {
			t.Errorf("%q: got %q, want %q", sql, got, want)
		}
	}
}
