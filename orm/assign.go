package orm

import (
	"errors"
	"slices"

	"github.com/alkahest-go/alkahest/expr"
)

// Assign makes the next flush set fields of an object, new or not, to SQL
// expressions, such as Users.Visits.SetExpr(Users.Visits.Add(1)), which the
// database computes: no change of anybody else is lost. What it gave is in the
// fields after the flush; what they hold until then is not sent.
func (s *Session) Assign(entity any, assignments ...expr.Assignment) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	st, err := s.stateOf(entity)
	if err != nil {
		return err
	}
	if st == nil || st.status == deleting {
		t, p, err := pointerOf(entity)
		if err != nil {
			return err
		}
		m, err := s.mapperFor(t, nil)
		if err != nil {
			return err
		}
		return &ModelError{Entity: m.describe(p), Reason: "is to be given an SQL expression, and is not part of the session, or deleted; Add it, or get it from the session, first"}
	}
	var errs []error
	for _, as := range expr.UnwrapAssignments(assignments) {
		list, err := st.m.attrsOf([]expr.Expression{as.Target})
		switch {
		case err != nil:
			errs = append(errs, err)
		case list[0].computed || list[0].col.IsPrimaryKey():
			errs = append(errs, &ModelError{Entity: st.m.describe(st.obj), Field: list[0].name, Reason: "can't be given an SQL expression: it is part of the primary key, or the database computes it by itself"})
		default:
			st.wishes().assign(list[0], as.Value)
		}
	}
	return errors.Join(errs...)
}

// assigned is an attribute that gets an SQL expression.
type assigned struct {
	a *attr
	x expr.Expression
}

func (w *wish) assign(a *attr, x expr.Expression) {
	w.assigned = slices.DeleteFunc(slices.Clone(w.assigned), func(y assigned) bool { return y.a == a })
	w.assigned = append(w.assigned, assigned{a, x})
}

// assignments are the expressions that the next flush sends for the entity.
func (st *state) assignments() []assigned {
	if st.wish == nil {
		return nil
	}
	return st.wish.assigned
}

// assignedOf are those of the columns of the mapper's table.
func (m *mapper) assignedOf(st *state) []assigned {
	list := st.assignments()
	if m == st.m {
		return list
	}
	var out []assigned
	for _, y := range list {
		if a := m.attrOf(y.a.col); a != nil {
			out = append(out, assigned{a, y.x})
		}
	}
	return out
}

// isAssigned reports whether the attribute gets an expression.
func (st *state) isAssigned(a *attr) bool {
	return slices.ContainsFunc(st.assignments(), func(y assigned) bool { return y.a.col == a.col })
}

// assign adds the entity's expressions to an update.
func (c *change) assign() {
	for _, y := range c.m().assignedOf(c.st) {
		c.setExpr(y.a, y.x)
		c.more.own = true
	}
}

// expressed returns the shape of an insert that sends expressions of its own,
// which no other insert has.
func (m *mapper) expressed(list []assigned, key []byte) *shape {
	sh := &shape{assigned: list}
	for i, a := range m.attrs {
		sh.add(a, key[i])
	}
	return sh
}

// exprOf is what an insert sends for an attribute that is sent as an expression.
func (sh *shape) exprOf(a *attr) expr.Expression {
	for _, y := range sh.assigned {
		if y.a == a {
			return y.x
		}
	}
	return a.col.Default.Expr
}
