package dialecttest

import (
	"context"
	"slices"
	"time"

	"github.com/alkahest-go/alkahest/orm"
)

// session inserts objects of several entities by a session, with flushes and
// savepoints in between. Some of it fails or is rolled back, which has to leave
// no id on an object.
func (w *writer) session() error {
	s := orm.NewSession(w.engine)
	defer s.Close(context.Background())
	f := &flushing{writer: w, s: s}
	for range 1 + w.r.IntN(3) {
		var err error
		if w.one(5) {
			err = f.nested()
		} else {
			err = f.flush(f.add())
		}
		if err != nil {
			return f.excused(err)
		}
	}
	if w.one(12) {
		w.note("rollback")
		err := s.Rollback(context.Background())
		f.wantUntold(f.objects)
		return err
	}
	if err := s.Commit(context.Background()); err != nil {
		return f.excused(err)
	}
	f.keep()
	return nil
}

// flushing is a session on its way.
type flushing struct {
	*writer
	s       *orm.Session
	objects []*object
	shapes  []*shape // of objects
	spoiled bool     // the next flush has to fail
}

// add adds objects of one entity or of several in turn.
func (f *flushing) add() (added []*object) {
	var shapes []*shape
	for len(shapes) == 0 || f.one(2) && len(shapes) < 3 {
		if s := f.pick(); s.make != nil {
			shapes = append(shapes, s)
		}
	}
	n := f.size()
	for i := range n {
		s := shapes[i%len(shapes)]
		if i > 0 && f.one(3) {
			s = shapes[f.r.IntN(len(shapes))]
		}
		o := s.make(f.writer, f.records(s, 1)[0])
		added = append(added, o)
		f.objects, f.shapes = append(f.objects, o), append(f.shapes, s)
	}
	if s := f.shapes[len(f.shapes)-1]; f.one(15) && f.anyKnown(s) != nil {
		f.spoiled = true
		o := s.make(f.writer, f.anyKnown(s))
		added = slices.Insert(added, f.r.IntN(n), o)
		f.objects, f.shapes = append(f.objects, o), append(f.shapes, s)
	}
	f.note("%d objects of %d entities, spoiled %v", n, len(shapes), f.spoiled)
	for _, o := range added {
		f.s.Add(o.entity, o.into)
		if f.one(50) {
			f.s.Add(o.entity, o.into) // twice is once
		}
	}
	return added
}

func (f *flushing) flush(added []*object) error {
	f.tried++
	f.counted(len(added))
	ctx := context.Background()
	if f.cancel && f.one(50) {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(f.r.IntN(2000))*time.Microsecond)
		defer cancel()
	}
	err := f.s.Flush(ctx)
	if err == nil && f.spoiled {
		f.fail("writer %d: no error of a flush with a natural key that is there already", f.id)
	}
	f.spoiled = f.spoiled || err != nil && ctx.Err() != nil
	return err
}

// nested flushes within a savepoint, and may go back to it: those objects are
// out of the session, as they were before.
func (f *flushing) nested() error {
	n, err := f.s.BeginNested(context.Background())
	if err != nil {
		return err
	}
	mark := len(f.objects)
	err = f.flush(f.add())
	switch {
	case err == nil && f.one(2):
		return n.Commit(context.Background())
	case excusable(err) || err != nil && !f.spoiled:
		return err
	}
	f.note("back to the savepoint")
	if rerr := n.Rollback(context.Background()); rerr != nil {
		if err != nil && f.spoiled {
			return err // the connection is gone with a cancelled statement
		}
		return rerr
	}
	f.wantUntold(f.objects[mark:])
	f.objects, f.shapes, f.spoiled = f.objects[:mark], f.shapes[:mark], false
	return nil
}

// excused ends the session after an error, and returns the error unless it is
// one that had to come or a neighbour's.
func (f *flushing) excused(err error) error {
	rerr := f.s.Rollback(context.Background())
	f.wantUntold(f.objects)
	if f.spoiled || excusable(err) {
		return rerr
	}
	return err
}

// wantUntold checks that no object has kept what it was told of a row that is
// not there.
func (f *flushing) wantUntold(objects []*object) {
	for _, o := range objects {
		if got := o.told(); !slices.Equal(got, o.before) {
			f.fail("writer %d: an object has kept %v of a row that is not there, want %v, after %v", f.id, got, o.before, f.events)
			return
		}
	}
}

// keep puts what the objects were told into the ledger.
func (f *flushing) keep() {
	for i, o := range f.objects {
		copy(o.record.got, o.told())
		f.writer.keep(f.shapes[i], []*record{o.record})
	}
}
