package main

import (
	"context"
	"slices"
)

// The functions of this file make tasks of what a library has to say for itself:
// the objects are made before, and what comes of it is kept for the referee.

// adding inserts objects, each by a call.
func adding(add func(ctx context.Context, r *Row) error) task {
	return inserting(func(ctx context.Context, list []*Row) error {
		for _, r := range list {
			if err := add(ctx, r); err != nil {
				return err
			}
		}
		return nil
	})
}

// inserting inserts objects by one call.
func inserting(insert func(ctx context.Context, list []*Row) error) task {
	return func(ctx context.Context, t *trial) error {
		t.rows = newRows(t.n)
		return t.spend(func() error { return insert(ctx, t.rows) })
	}
}

// writing is adding by eight goroutines. Each connection was used before.
func writing(add func(ctx context.Context, r *Row) error) task {
	return func(ctx context.Context, t *trial) error {
		t.rows = newRows(t.n)
		warm := newRows(2 * writersCount)
		if err := inWriters(len(warm), func(i int) error { return add(ctx, warm[i]) }); err != nil {
			return err
		}
		if err := t.forget(ctx); err != nil {
			return err
		}
		return t.spend(func() error {
			return inWriters(t.n, func(i int) error { return add(ctx, t.rows[i]) })
		})
	}
}

// same is for libraries that read into Row itself.
func same(r *Row) *Row { return r }

// getting reads rows by their keys, each by a call.
func getting[T any](get func(ctx context.Context, id int64) (*T, error), as func(*T) *Row) task {
	return func(ctx context.Context, t *trial) error {
		list := make([]*T, t.n)
		err := t.spend(func() (err error) {
			for i := range list {
				if list[i], err = get(ctx, int64(i)+1); err != nil {
					return err
				}
			}
			return nil
		})
		if err == nil {
			t.rows = converted(list, as)
		}
		return err
	}
}

func converted[T any](list []*T, as func(*T) *Row) []*Row {
	out := make([]*Row, len(list))
	for i, r := range list {
		out[i] = as(r)
	}
	return out
}

// paging reads pages: the next rows behind a key.
func paging[T any](page func(ctx context.Context, after int64) ([]*T, error), as func(*T) *Row) task {
	return func(ctx context.Context, t *trial) error {
		var list []*T
		err := t.spend(func() (err error) {
			for i := range t.n {
				if list, err = page(ctx, t.pageStart(i)); err != nil {
					return err
				}
			}
			return nil
		})
		t.rows = converted(list, as)
		return err
	}
}

// selecting reads all rows.
func selecting[T any](all func(ctx context.Context) ([]*T, error), as func(*T) *Row) task {
	return func(ctx context.Context, t *trial) error {
		var list []*T
		err := t.spend(func() (err error) {
			for range t.repeat {
				if list, err = all(ctx); err != nil {
					return err
				}
			}
			return nil
		})
		t.rows = converted(list, as)
		return err
	}
}

// loading reads parents with their children.
func loading[T any](all func(ctx context.Context) ([]*T, error), as func(*T) *Parent) task {
	return func(ctx context.Context, t *trial) error {
		var list []*T
		err := t.spend(func() (err error) {
			for range t.repeat {
				if list, err = all(ctx); err != nil {
					return err
				}
			}
			return nil
		})
		t.parents = nil
		for _, p := range list {
			t.parents = append(t.parents, as(p))
		}
		return err
	}
}

// sameParent is for libraries that read into Parent itself.
func sameParent(p *Parent) *Parent { return p }

// adopt gives children to their parents.
func adopt(parents []*Parent, children []*Child) {
	byID := make(map[int64]*Parent, len(parents))
	for _, p := range parents {
		byID[p.ID] = p
	}
	for _, c := range children {
		p := byID[c.ParentID]
		p.Children = append(p.Children, c)
	}
}

// keysOf are the keys of parents.
func keysOf(parents []*Parent) []int64 {
	keys := make([]int64, len(parents))
	for i, p := range parents {
		keys[i] = p.ID
	}
	return keys
}

// changing changes objects, of which the library knows nothing before, and has
// them written by one call.
func changing(write func(ctx context.Context, list []*Row) error) task {
	return func(ctx context.Context, t *trial) error {
		list := storedRows(t.n)
		return t.spend(func() error {
			for _, r := range list {
				change(r)
			}
			return write(ctx, list)
		})
	}
}

// deleting deletes rows by their keys.
func deleting(remove func(ctx context.Context, keys []int64) error) task {
	return func(ctx context.Context, t *trial) error {
		keys := make([]int64, t.n)
		for i := range keys {
			keys[i] = int64(i) + 1
		}
		return t.spend(func() error { return remove(ctx, keys) })
	}
}

// planting inserts parents and their children.
func planting(insert func(ctx context.Context, parents []*Parent) error) task {
	return func(ctx context.Context, t *trial) error {
		t.parents = newParents(t.n)
		return t.spend(func() error { return insert(ctx, t.parents) })
	}
}

// streaming reads all rows, and tells the id of each.
func streaming(each func(ctx context.Context, tell func(id int64)) error) task {
	return func(ctx context.Context, t *trial) error {
		return t.spend(func() error {
			return each(ctx, func(id int64) { t.sum += id })
		})
	}
}

// inChunks calls f with parts of a list.
func inChunks[T any](list []T, size int, f func(part []T) error) error {
	for part := range slices.Chunk(list, size) {
		if err := f(part); err != nil {
			return err
		}
	}
	return nil
}
