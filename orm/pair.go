package orm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// pair is a row of the table between two entities, to be inserted or deleted.
type pair struct {
	rel  *relation
	a, b *state // a is of rel's owner
	on   bool   // it is to be inserted
	when uint64 // the moment when that was said
	had  bool   // the database has it
}

// pairOf tells pairs apart, from whichever side they are said.
type pairOf struct {
	first, second *state
	column        *schema.Column // that references first
}

// departure are rows that are deleted, with their rows of a table between.
type departure struct {
	rel    *relation
	owners []*state
}

// pair notes that two entities belong together, or no more. What was said later
// counts.
func (r *relating) pair(rel *relation, a, b *state, on bool, when uint64) {
	at := pairOf{a, b, rel.near[0]}
	if rel.far[0].Name < rel.near[0].Name {
		at = pairOf{b, a, rel.far[0]}
	}
	had := rel.paired(a, b)
	p := r.known[at]
	if p == nil {
		p = &pair{rel: rel, a: a, b: b, on: on, when: when}
		put(&r.known, at, p)
		r.pairs = append(r.pairs, p)
	}
	p.had = p.had || had
	if p.when == unknownMoment && when > p.when { // the program said it at this end
		p.rel, p.a, p.b = rel, a, b
	}
	switch {
	case p.on == on:
		p.when = max(p.when, when)
	case when > p.when:
		p.on, p.when = on, when
	case when == p.when:
		r.fail(rel, a, "one end has %s, and the other has it no more; add or remove it at one end", b.m.describe(b.obj))
	}
}

// together refuses pairs of rows that are in different databases.
func (r *relating) together() error {
	if r == nil || len(r.s.sites) == 1 {
		return nil
	}
	var errs []error
	for _, p := range r.pairs {
		if p.a.at != p.b.at {
			errs = append(errs, &EntityError{Entity: p.a.m.describe(p.a.obj), Field: p.rel.field.name, Err: fmt.Errorf("it is in the database %q, and %s in the database %q: a row of %s can't be in both",
				r.s.sites[p.a.at].name, p.b.m.describe(p.b.obj), r.s.sites[p.b.at].name, p.rel.between.FullName())})
		}
	}
	return errors.Join(errs...)
}

// begin begins the transactions that rows of tables between are written in.
func (r *relating) begin(ctx context.Context) error {
	if r == nil {
		return nil
	}
	for _, p := range r.pairs {
		if _, err := r.s.transactionAt(ctx, p.a.at); err != nil {
			return err
		}
	}
	for _, d := range r.leaving {
		if _, err := r.s.transactionAt(ctx, d.owners[0].at); err != nil {
			return err
		}
	}
	return nil
}

// paired reports whether one end knows that the database has the pair.
func (r *relation) paired(a, b *state) bool {
	if slices.Contains(r.many(a).was(), b.obj) {
		return true
	}
	return slices.ContainsFunc(r.inverse(), func(inv *relation) bool { return slices.Contains(inv.many(b).was(), a.obj) })
}

// settlePairs has both ends know what became of their pairs.
func (r *relating) settlePairs() {
	for _, p := range r.pairs {
		r.settlePair(p.a, p.rel, p.b, p.on)
		for _, inv := range p.rel.inverse() {
			r.settlePair(p.b, inv, p.a, p.on)
		}
	}
	r.pairs = slices.DeleteFunc(r.pairs, func(p *pair) bool { return p.on == p.had })
}

func (r *relating) settlePair(st *state, rel *relation, other *state, on bool) {
	if on {
		r.keep(st, rel, other)
	} else {
		r.unmirror(st, rel, other, unknownMoment)
	}
}

// stays reports whether neither of the two is to be deleted, which would delete
// the pair too.
func (p *pair) stays() bool { return p.a.status != deleting && p.b.status != deleting }

// batches groups pairs by relationship.
func (r *relating) batches(which func(p *pair) bool) [][]*pair {
	var out [][]*pair
	type group struct {
		rel *relation
		at  siteID
	}
	at := map[group]int{}
	for _, p := range r.pairs {
		if !which(p) {
			continue
		}
		g := group{p.rel, p.a.at}
		i, ok := at[g]
		if !ok {
			i = len(out)
			at[g], out = i, append(out, nil)
		}
		out[i] = append(out[i], p)
	}
	return out
}

// values appends the row of the pair: as the two are in the database, or as they
// are now.
func (p *pair) values(dst []sqltype.Value, of func(st *state) mem.Pointer) ([]sqltype.Value, error) {
	for _, end := range []struct {
		st    *state
		attrs []*attr
	}{{p.a, p.rel.local}, {p.b, p.rel.remote}} {
		for _, a := range end.attrs {
			v, err := a.encode(of(end.st))
			if err != nil {
				return dst, end.st.m.valueError(end.st.obj, a, err)
			}
			dst = append(dst, v)
		}
	}
	return dst, nil
}

func snapOf(st *state) mem.Pointer { return st.snap }

func objOf(st *state) mem.Pointer { return st.obj }

func (r *relation) betweenColumns() []*schema.Column {
	return append(append([]*schema.Column(nil), r.near...), r.far...)
}

// unpair deletes rows of tables between.
func (r *relating) unpair(ctx context.Context) error {
	if r == nil {
		return nil
	}
	for _, list := range r.batches(func(p *pair) bool { return !p.on && p.stays() }) {
		rel := list[0].rel
		b := &engine.DeleteBatch{Table: rel.between, Key: rel.betweenColumns(), N: len(list), Bind: func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
			return list[i].values(dst, snapOf)
		}}
		if err := r.s.sites[list[0].a.at].tx.Delete(ctx, b); err != nil {
			return &FlushError{Entity: rel.name(), Op: "delete", Err: err}
		}
	}
	for _, d := range r.leaving {
		if err := d.send(ctx, r.s.sites[d.owners[0].at].tx); err != nil {
			return &FlushError{Entity: d.rel.name(), Op: "delete", Err: err}
		}
	}
	return nil
}

// send deletes all rows of a table between that the owners have.
func (d departure) send(ctx context.Context, tx *engine.Tx) error {
	keys := make([][]sqltype.Value, 0, len(d.owners))
	for _, st := range d.owners {
		key, _, err := d.rel.keyOf(nil, st.snap)
		if err != nil {
			return err
		}
		if key != nil {
			keys = append(keys, key)
		}
	}
	columns := columnRefs(d.rel.near, d.rel.between, d.rel.local)
	for from := 0; from < len(keys); from += keysAtOnce {
		part := keys[from:min(from+keysAtOnce, len(keys))]
		if _, err := tx.Exec(ctx, expr.NewDelete(d.rel.between).Where(isOneOf(columns, d.rel.local, part))); err != nil {
			return err
		}
	}
	return nil
}

// insertPairs inserts rows of tables between.
func (r *relating) insertPairs(ctx context.Context) error {
	if r == nil {
		return nil
	}
	for _, list := range r.batches(func(p *pair) bool { return p.on }) {
		rel := list[0].rel
		columns := rel.betweenColumns()
		b := &engine.InsertBatch{Table: rel.between, Columns: columns, Exprs: make([]expr.Expression, len(columns)), N: len(list), Bind: func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
			return list[i].values(dst, objOf)
		}}
		if err := r.s.sites[list[0].a.at].tx.Insert(ctx, b); err != nil {
			return &FlushError{Entity: rel.name(), Op: "insert", Err: err}
		}
	}
	return nil
}

// explain tells which rows of tables between are written.
func (r *relating) explain(b *strings.Builder) {
	if r == nil {
		return
	}
	for _, list := range r.batches(func(p *pair) bool { return p.on || p.stays() }) {
		for _, p := range list {
			verb := "before all others: delete from"
			if p.on {
				verb = "after the inserts: insert into"
			}
			fmt.Fprintf(b, "%s %s, because of %s: %s and %s\n", verb, p.rel.between.FullName(), p.rel.name(), p.a.m.describe(p.a.obj), p.b.m.describe(p.b.obj))
		}
	}
	for _, d := range r.leaving {
		fmt.Fprintf(b, "before all others: delete from %s, because of %s: the rows of %d that are deleted\n", d.rel.between.FullName(), d.rel.name(), len(d.owners))
	}
}
