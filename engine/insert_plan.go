package engine

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// insertPlan is what the inserts of one table, set of columns and set of
// wanted columns have in common.
type insertPlan struct {
	tag    string // the comment behind its statements
	server *server
	table  *schema.Table
	// columns are sent: those whose values are taken from the sequence table
	// first, then the batch's. exprs are theirs, nil for a value a row.
	columns []*schema.Column
	exprs   []expr.Expression
	// overriding says that columns which are generated always are sent.
	overriding bool
	bound      int // values that the batch gives for each row
	taken      []takenColumn
	left       []*schema.Column // whose values the batch leaves to generators

	conflict  expr.Conflict
	returning []*schema.Column
	// back are the columns of returning that the database has to tell.
	back []*schema.Column
	// unsigned is which of returning is a generated key of unsigned numbers, and
	// sentUnsigned which of the bound values; -1 for none.
	unsigned, sentUnsigned int
	// key is the one of back whose values the database generates as whole
	// numbers, nil where there is none.
	key *schema.Column
	// drawn is the sequence from which the key's DEFAULT draws, nil where the
	// column's own generator fills it.
	drawn *schema.Sequence
	bulk  *dialect.BulkKeys
	// noCopy says that columns were found to be of other types than declared.
	noCopy atomic.Bool

	mu    sync.Mutex
	texts map[variant]*compile.Compiled
}

// variant is one of the statements of a plan.
type variant struct {
	rows   int
	back   bool // RETURNING all of returning
	key    bool // the key is sent, before the other columns
	arrays bool // one array a column instead of rows
	note   bool // the key is NULL, and the first notes the step
	merge  bool // RETURNING also which row it is
	copy   bool // rows by the database's own protocol
	// columns queries what would be sent.
	columns bool
	how     resolving
}

// planCache keeps plans by what they were made from.
type planCache struct {
	mu    sync.Mutex
	limit int
	lru   lru[string, *insertPlan]
}

// insertPlan returns the plan of a batch. l.key is left with the values of the
// batch's expressions.
func (s *server) insertPlan(l *link, b *InsertBatch) (*insertPlan, error) {
	k := &l.key
	k.Reset()
	k.Node(b.Table)
	k.Bool(b.OverridingAlways)
	tag := l.tag()
	k.String(tag)
	k.Int(len(b.Columns))
	for i, c := range b.Columns {
		k.String(c.Name)
		k.Node(exprAt(b.Exprs, i))
	}
	for _, c := range b.Returning {
		k.String(c.Name)
	}
	k.Node(b.Conflict)
	if err := k.Err(); err != nil {
		return nil, err
	}
	s.plans.mu.Lock()
	defer s.plans.mu.Unlock()
	if e := s.plans.lru.m[string(k.Bytes())]; e != nil {
		s.plans.lru.touch(e)
		return e.value, nil
	}
	if err := b.check(); err != nil {
		return nil, err
	}
	p := newInsertPlan(s, l.engine.dialect, b)
	p.tag = tag
	s.plans.lru.limit = s.plans.limit
	s.plans.lru.put(string(k.Bytes()), p)
	return p, nil
}

func exprAt(list []expr.Expression, i int) expr.Expression {
	if i < len(list) && list[i] != nil {
		return expr.Unwrap(list[i])
	}
	return nil
}

func newInsertPlan(s *server, d dialect.Dialect, b *InsertBatch) *insertPlan {
	p := &insertPlan{
		unsigned: -1, sentUnsigned: -1,
		server: s, table: b.Table, returning: b.Returning, conflict: b.Conflict, overriding: b.OverridingAlways, texts: map[variant]*compile.Compiled{},
	}
	p.findTaken(d, b)
	p.left = generatorsLeft(b.Table, func(c *schema.Column) bool {
		at := slices.Index(b.Columns, c)
		if at < 0 {
			return false
		}
		_, draws := exprAt(b.Exprs, at).(*expr.NextValue)
		return !draws
	})
	for i, c := range b.Columns {
		x := exprAt(b.Exprs, i)
		if p.takes(c) {
			continue
		}
		p.columns, p.exprs = append(p.columns, c), append(p.exprs, x)
		if x == nil {
			if unsignedKey(c) {
				p.sentUnsigned = p.bound
			}
			p.bound++
		}
	}
	for r, c := range b.Returning {
		if p.takenFor(r) >= 0 {
			continue
		}
		if unsignedKey(c) {
			p.unsigned = r
		}
		p.back = append(p.back, c)
		if _, whole := schema.IntegerType(c.Type); whole && p.key == nil && c.Generated() && !p.computes(c) {
			p.key = c
		}
	}
	if len(p.back) < len(p.returning) && b.Conflict != nil {
		p.back = p.returning // one row tells them all
	}
	if p.key != nil {
		p.drawn = d.SequenceFor(s.caps, p.key)
		if s.rules.Sequence(p.drawn) == p.drawn {
			p.bulk = d.BulkKeys(s.caps, s.rules.Table(b.Table), p.key)
		}
	}
	return p
}

// findTaken finds the columns whose values come from the sequence table.
func (p *insertPlan) findTaken(d dialect.Dialect, b *InsertBatch) {
	if p.server.caps.Sequences {
		return
	}
	sent := map[*schema.Column]int{}
	for i, c := range b.Columns {
		sent[c] = i + 1
	}
	for _, c := range b.Table.Columns() {
		seq := d.SequenceFor(p.server.caps, c)
		if at := sent[c]; at > 0 {
			next, ok := exprAt(b.Exprs, at-1).(*expr.NextValue)
			if !ok {
				continue
			}
			if seq, ok = next.Sequence.(*schema.Sequence); !ok {
				continue
			}
		}
		if seq == nil {
			continue
		}
		p.taken = append(p.taken, takenColumn{column: c, sequence: seq})
		p.columns, p.exprs = append(p.columns, c), append(p.exprs, nil)
	}
}

func (p *insertPlan) takes(c *schema.Column) bool {
	for i := range p.taken {
		if p.taken[i].column == c {
			return true
		}
	}
	return false
}

// computes reports whether an expression of the batch fills the column.
func (p *insertPlan) computes(c *schema.Column) bool {
	at := slices.Index(p.columns, c)
	return at >= 0 && p.exprs[at] != nil
}

// takenFor returns which taken column is the r-th of returning, or -1.
func (p *insertPlan) takenFor(r int) int {
	for i := range p.taken {
		if p.taken[i].column == p.returning[r] {
			return i
		}
	}
	return -1
}

// keyOnly reports whether the generated key is all that the database has to
// tell.
func (p *insertPlan) keyOnly() bool { return p.key != nil && len(p.back) == 1 }

// copies reports whether rows can go by the database's own protocol, with keys
// that are known before.
func (p *insertPlan) copies() bool {
	return p.server.rules.CopyRows != "" && p.keyOnly() && len(p.taken) == 0 && p.bound == len(p.columns) &&
		!slices.ContainsFunc(p.columns, func(c *schema.Column) bool { return p.server.rules.Expressed(c.Type) != nil })
}

// width is the number of values of a row.
func (p *insertPlan) width() int { return len(p.taken) + p.bound }

// statement returns one of the plan's statements, compiled once.
func (p *insertPlan) statement(v variant) (*compile.Compiled, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.texts[v]; c != nil {
		return c, nil
	}
	columns, exprs := p.columns, p.exprs
	if v.key || v.note {
		columns = append([]*schema.Column{p.key}, columns...)
		exprs = append([]expr.Expression{nil}, exprs...)
	}
	s := p.values(columns, exprs, v)
	var k expr.Key
	s.AppendKey(&k)
	c, err := p.server.compile(s, &k)
	if err != nil {
		return nil, err
	}
	c = withTag(c, p.tag)
	p.texts[v] = c
	return c, nil
}

func (p *insertPlan) values(columns []*schema.Column, exprs []expr.Expression, v variant) expr.Statement {
	var back []expr.Expression
	if v.back {
		back = refs(p.returning)
	}
	if v.arrays {
		return &compile.ArrayInsert{Into: p.table, Columns: columns, Exprs: exprs, OverridingAlways: p.overriding, Returning: back}
	}
	if v.merge {
		return &compile.MergeInsert{Into: p.table, Columns: columns, Exprs: exprs, Rows: v.rows, OverridingAlways: p.overriding, Returning: back}
	}
	if v.copy {
		return &compile.CopyInsert{Into: p.table, Columns: columns}
	}
	if v.columns {
		return expr.NewSelect(refs(columns)...).From(p.table)
	}
	s := expr.NewInsert(p.table)
	if p.overriding {
		s = s.OverridingAlways()
	}
	if v.note {
		exprs[0] = expr.NULL
	}
	if len(columns) > 0 {
		rows := make([][]expr.Expression, v.rows)
		next := 0
		for r := range rows {
			rows[r] = make([]expr.Expression, len(columns))
			for i, c := range columns {
				if rows[r][i] = exprs[i]; exprs[i] == nil {
					rows[r][i] = &expr.Param{Index: next, Type: c.Type}
					next++
					if v.how != ordinary && p.takes(c) {
						rows[r][i] = &compile.Drawn{X: rows[r][i]}
					}
				}
			}
		}
		if v.note {
			rows[0][0] = p.server.caps.KeyStepNote
		}
		s = s.Rows(refs(columns), rows...)
	}
	if v.how != ordinary {
		s, back = p.resolving(s, v, back)
	}
	if len(back) > 0 {
		s = s.Returning(back...)
	}
	return s
}

func refs(columns []*schema.Column) []expr.Expression {
	out := make([]expr.Expression, len(columns))
	for i, c := range columns {
		out[i] = c.Ref()
	}
	return out
}
