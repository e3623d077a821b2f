package orm

import (
	"errors"
	"fmt"
	"slices"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// shape is what the inserts of one batch have in common: which columns they
// send and which the database fills.
type shape struct {
	sent      []*attr
	columns   []*schema.Column
	exprs     []expr.Expression
	returning []*schema.Column
	filled    []*attr // the fields of returning
	unset     []*attr // filled, and those that client defaults fill
	doubtful  []*attr // of sent
	assigned  []assigned
	// always says that a column is sent which is generated always.
	always bool
}

// shapeKey tells shapes apart: a letter an attribute.
type shapeKey string

const (
	sendValue   = 'v' // the field's value
	sendDefault = 'd' // the client's default value
	sendExpr    = 'e' // the client's default expression; the value comes back
	sendNothing = 'n' // the database fills it; the value comes back
)

// likeness is the shape of the insert before, which the next mostly has too.
type likeness struct {
	m     *mapper
	key   [32]byte
	n     int
	shape *shape
}

func (l *likeness) of(m *mapper, key []byte) *shape {
	if l.m != m || string(l.key[:l.n]) != string(key) {
		l.m, l.shape = m, m.shapeOf(key)
		l.n = copy(l.key[:], key)
	}
	return l.shape
}

// insertion applies defaults and encodes what an INSERT of the entity sends.
func (c *change) insertion(before *likeness) error {
	st, m := c.st, c.m()
	if c.read().below == nil {
		if err := st.insertable(); err != nil {
			return err
		}
	}
	var few [32]byte
	key := append(few[:0], m.allSent...)
	attrs := m.attrs
	if c.values() == nil {
		attrs = m.asked
	}
	assigned := m.assignedOf(st)
	for _, y := range assigned {
		key[y.a.index] = sendExpr
	}
	for _, a := range attrs {
		if key[a.index] == sendExpr {
			continue
		}
		key[a.index] = st.sends(a)
		v, send, err := st.valueToSend(a, key[a.index])
		if err != nil {
			for i, how := range key {
				if how == sendDefault {
					m.attrs[i].clear(st.obj)
				}
			}
			return m.valueError(st.obj, a, err)
		}
		if send && c.values() != nil {
			c.more.values = append(c.more.values, v)
		}
	}
	if len(assigned) > 0 {
		c.shape = m.expressed(assigned, key)
	} else {
		c.shape = before.of(m, key)
	}
	if st.bonds != nil {
		c.bonds = m.bondsOf(st.waitingBonds())
	}
	return nil
}

// insertable checks the entity before its rows are made.
func (st *state) insertable() error {
	if err := st.writable(); err != nil {
		return err
	}
	m := st.m
	if m.levels != nil {
		if err := m.setKind(st.obj); err != nil {
			return err
		}
	}
	if m.validated {
		if err := m.validate(st.obj, m.attrs); err != nil {
			return err
		}
	}
	if err := m.checkKeySent(st); err != nil {
		return err
	}
	if err := m.checkAlways(st); err != nil {
		return err
	}
	return st.checkReadOnly()
}

// sends applies INSERT's rule to one field.
func (st *state) sends(a *attr) byte {
	if a.computed {
		return sendNothing
	}
	if !a.zeroUnset || !a.codec.IsZero(a.at(st.obj)) {
		return sendValue
	}
	if st.isExplicit(a) || st.awaits(a) {
		return sendValue
	}
	switch d := a.col.Default; {
	case d == nil:
		return sendNothing
	case d.Value != nil:
		return sendDefault
	}
	return sendExpr
}

func generatedAlways(a *attr) bool { return a.col.Identity != nil && a.col.Identity.Always }

// sent returns the value that the object sends for another column.
func (st *state) sent(column string) (sqltype.Value, bool) {
	for _, a := range st.m.attrs {
		if a.col.Name == column && st.sends(a) == sendValue {
			v, err := a.encode(st.obj)
			return v, err == nil
		}
	}
	return sqltype.Value{}, false
}

func (st *state) valueToSend(a *attr, how byte) (sqltype.Value, bool, error) {
	p := a.at(st.obj)
	if a.missing(st.obj) && how != sendNothing {
		return sqltype.Value{}, false, a.notLoaded
	}
	switch how {
	case sendNothing:
		return sqltype.Value{}, false, nil
	case sendExpr:
		return sqltype.Value{}, false, nil
	case sendDefault:
		v, err := a.col.Default.ValueFor(st.sent)
		if err != nil {
			return v, false, err
		}
		row := valueRow{values: []sqltype.Value{v}}
		if err := a.codec.Decode(&row, 0, p); err != nil {
			return v, false, err
		}
		if row.err != nil {
			return v, false, row.err
		}
	}
	if a.codec.Round != nil {
		a.codec.Round(p)
	}
	v, err := a.encode(st.obj)
	return v, true, err
}

func (m *mapper) shapeOf(key []byte) *shape {
	m.shapes.Lock()
	defer m.shapes.Unlock()
	if sh := m.shapes.byKey[shapeKey(key)]; sh != nil {
		return sh
	}
	sh := &shape{}
	for i, a := range m.attrs {
		sh.add(a, key[i])
	}
	if m.shapes.byKey == nil {
		m.shapes.byKey = map[shapeKey]*shape{}
	}
	m.shapes.byKey[shapeKey(key)] = sh
	return sh
}

func (sh *shape) add(a *attr, how byte) {
	if how != sendValue {
		sh.unset = append(sh.unset, a)
	}
	switch how {
	case sendValue, sendDefault:
		sh.always = sh.always || generatedAlways(a)
		sh.sent = append(sh.sent, a)
		if a.doubtful {
			sh.doubtful = append(sh.doubtful, a)
		}
		sh.columns, sh.exprs = append(sh.columns, a.col), append(sh.exprs, nil)
		return
	case sendExpr:
		sh.columns, sh.exprs = append(sh.columns, a.col), append(sh.exprs, sh.exprOf(a))
	}
	n := len(sh.returning)
	if a.col.IsPrimaryKey() { // keys first
		n = 0
		for n < len(sh.returning) && sh.returning[n].IsPrimaryKey() {
			n++
		}
	}
	sh.returning, sh.filled = slices.Insert(sh.returning, n, a.col), slices.Insert(sh.filled, n, a)
}

var errKeyNotFilled = errors.New("is part of the primary key, and nothing fills it: set it, or give the column a generator (a Sequence, an Identity, an integer type), a client default (DefaultFunc) or a server default (ServerDefault)")

// checkKeySent refuses a row whose key nothing fills.
func (m *mapper) checkKeySent(st *state) error {
	for _, a := range m.unfilled {
		if a.codec.IsZero(a.at(st.obj)) && !st.awaits(a) {
			return &EntityError{Entity: m.goType.String(), Field: a.name, Err: errKeyNotFilled}
		}
	}
	return nil
}

// checkAlways refuses a value for a column that is generated always, unless it
// was said that the value is meant.
func (m *mapper) checkAlways(st *state) error {
	for _, a := range m.always {
		if st.sends(a) == sendValue && !st.isExplicit(a) {
			return &EntityError{Entity: m.goType.String(), Field: a.name, Err: fmt.Errorf("column %s: %w", a.col.FullName(), sqlerr.ErrGeneratedAlways)}
		}
	}
	return nil
}

func (st *state) isExplicit(a *attr) bool {
	return st.wish != nil && hasColumn(st.wish.explicit, a)
}
