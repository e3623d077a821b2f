package dialecttest

import (
	"math/rand/v2"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// drawTrigger gives the item table one of the target's triggers, or none, and
// returns the statements that take it away.
func (x *trial) drawTrigger(r *rand.Rand) (undo []expr.Statement) {
	p := x.target.Product
	x.rewrites, x.renumbers = false, false
	var make []expr.Statement
	switch r.IntN(6) {
	case 0:
		make, undo = p.LogInserts, p.UnlogInserts
	case 1:
		make, undo = p.RewriteInserts, p.UnrewriteInserts
		x.rewrites = make != nil
	case 2:
		make, undo = p.Renumber, p.Unrenumber
		x.renumbers = make != nil
	}
	x.execAll(make)
	return undo
}

// readBack reads the rows of a shape on a connection of its own and compares
// them with what was told of those that were committed.
func (x *trial) readBack(s *shape) {
	conn, err := x.engine.ReadConn(x.Context())
	if err != nil {
		x.Fatal(err)
	}
	defer conn.Close()
	payload := s.payload
	if s == x.item && x.rewrites {
		payload = nil
	}
	columns := []expr.Expression{s.nat().Ref()}
	for _, list := range [][]*schema.Column{s.told, payload} {
		for _, c := range list {
			columns = append(columns, c.Ref())
		}
	}
	rows, err := conn.Query(x.Context(), expr.NewSelect(columns...).From(s.table))
	if err != nil {
		x.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		row := rows.Row()
		n := row.Int64(0)
		rec := s.rows[n]
		if rec == nil {
			x.fail("table %s: the row %d is there, and was not committed, or is there twice", s.table.Name, n)
			continue
		}
		delete(s.rows, n)
		for i, c := range s.told {
			if got, want := rec.got[i], whole(row, i+1); got != want && got != unknown {
				x.fail("table %s: the program was told %s = %d of the row %d, which has %d", s.table.Name, c.Name, got, n, want)
			}
		}
		for i, c := range payload {
			if !sameValue(row, 1+len(s.told)+i, valueOf(c, n)) {
				x.fail("table %s: column %s of the row %d holds the value of another", s.table.Name, c.Name, n)
			}
		}
	}
	if err := rows.Close(); err != nil {
		x.Fatal(err)
	}
	for n := range s.rows {
		x.fail("table %s: the row %d was committed and is not there", s.table.Name, n)
	}
	clear(s.rows)
}

// empty deletes the rows of a table that lasts longer than a round.
func (x *trial) empty(s *shape) {
	x.exec(x.engine, expr.NewDelete(s.table).Where(expr.All()))
}
