package orm

import (
	"fmt"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
)

// nestedIn adds the rows of the node to a statement, as one value of each of its
// rows.
func (n *eagerNode) nestedIn(stmt *expr.Select) (*expr.Select, error) {
	p := n.path
	q := expr.NewSelect(n.columns...)
	if p.between == nil {
		q = q.From(p.to).Where(p.far()...)
	} else {
		q = q.From(p.between).Join(p.to, p.far()...).Where(p.near()...)
	}
	q = q.Where(n.where...).OrderBy(n.order...)
	if n.plan.limit != nil {
		q = q.Limit(*n.plan.limit)
	}
	q, err := n.eager.onto(q, p.to)
	if err != nil {
		return nil, err
	}
	n.at = stmt.Width()
	return stmt.AddColumns(&expr.Nested{Select: q}), nil
}

// readNested reads the rows that are a value of an owner's row.
func (n *eagerNode) readNested(rows *engine.NestedRows, owner mem.Pointer) error {
	for rows.Next() {
		n.loader.at = 0
		p, err := n.loader.entity(rows.Row())
		if err != nil {
			return err
		}
		n.note(n.plan, owner, p)
		if err := n.eager.read(rows, p); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("orm: %s.%s: %w; leave JSON out", n.plan.rel.owner.goType, n.plan.rel.field.name, err)
	}
	return nil
}
