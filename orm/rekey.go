package orm

import (
	"context"
	"errors"
	"fmt"

	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/schema"
)

var errHeldKey = errors.New("it is referenced, by a foreign key that has no ON UPDATE and is not deferred: declare one of the two, or insert a new row, give it the others, and delete this one")

// rekey has the rows that reference an entity whose key changes follow it, where
// the database does not have them do so by itself.
func (r *relating) rekey(ctx context.Context) error {
	for _, st := range r.s.all() {
		if st.status != persistent || st.snap == nil {
			continue
		}
		for _, rel := range st.m.relations {
			if rel.rule != nil || rel.writeOnly || rel.kind == belongsTo || rel.kind == manyToMany || updatedByDatabase(rel.key) || !st.differsIn(rel.local) {
				continue
			}
			if err := r.followKey(ctx, rel, st); err != nil {
				return err
			}
		}
	}
	return nil
}

func updatedByDatabase(fk *schema.ForeignKeyConstraint) bool {
	return fk != nil && (fk.OnUpdate == schema.Cascade || fk.OnUpdate == schema.SetNull || fk.OnUpdate == schema.SetDefault)
}

// followKey gives the children of one entity its new key.
func (r *relating) followKey(ctx context.Context, rel *relation, st *state) error {
	defer r.s.at(st.at)()
	// The snapshot has the old key, by which they are found.
	st.unpack()
	if err := r.s.loadRelated(ctx, []mem.Pointer{st.snap}, &loadPlan{rel: rel}, tracked, nil); err != nil {
		return err
	}
	old := &state{m: st.m, obj: st.snap}
	for _, p := range rel.items(old) {
		child := r.s.held(p)
		if child == nil || child.status != persistent {
			continue
		}
		if child.bondBy(rel.remote[0]) != nil {
			continue
		}
		if rel.key != nil && !rel.key.Deferred {
			return &EntityError{Entity: st.m.describe(st.snap), Field: rel.local[0].name, Err: fmt.Errorf("its key changes, and %s references it: %w", child.m.describe(child.obj), errHeldKey)}
		}
		r.bond(rel.newBond(child, st), unknownMoment)
	}
	return nil
}
