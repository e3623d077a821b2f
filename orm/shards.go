package orm

import (
	"errors"
	"fmt"
	"slices"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// spread is the site of rows that may be at each shard, and of new entities whose
// shard is not chosen yet.
const spread siteID = 1<<16 - 1

// Shard is a database that has a part of the rows.
type Shard struct {
	Name string
	DB   Beginner
}

// Sharding says where rows are that are spread over several databases, its shards,
// which have the same tables. Each entity remembers the shard of its row; two
// shards may have rows of the same key, which are two entities.
type Sharding struct {
	Shards []Shard
	// Of are the bases and tables whose rows are spread.
	Of []Bindable
	// New names the shard of an entity, given by its pointer, that is to be
	// inserted. It is called by the flush, once relationships are known. With "" the
	// entity goes where one is that it references.
	New func(entity any) string
	// Key names the shards where the row of a primary key may be, which are asked in
	// this order; nil: all.
	Key func(table *schema.Table, key []any) []string
	// Query names the shards that a query of a table, or an UPDATE or DELETE with
	// its conditions, is sent to; see RequiredValues. nil: all.
	Query func(table *schema.Table, q *expr.Select) []string
}

// Sharded is an option of a session whose rows are spread over several databases.
// Queries of entities, Count, and UPDATE and DELETE by a condition go to each of
// the shards that Query names, and their results are put together; what is related
// to an entity is loaded from its shard. An order over several shards has to be of
// numbers, truth values and times, which are compared in Go, and an offset is
// refused. What else is done by statements is for one shard, which Session.InShard
// says.
func Sharded(x Sharding) SessionOption {
	return func(o *sessionOptions) {
		if o.sharding != nil || len(x.Shards) == 0 || x.New == nil {
			o.wrong = errors.Join(o.wrong, errors.New("orm: a session takes one Sharding, with Shards and New"))
			return
		}
		o.sharding = &x
		for i, sh := range x.Shards {
			b := bound{name: sh.Name, db: sh.DB}
			if i == len(x.Shards)-1 {
				b.spread = x.Of
			}
			o.bound = append(o.bound, b)
		}
	}
}

// isShard reports whether a site is one of those over which rows are spread.
func (s *Session) isShard(id siteID) bool {
	return s.opts.sharding != nil && int(id) < len(s.sites) && slices.ContainsFunc(s.opts.sharding.Shards, func(sh Shard) bool { return sh.Name == s.sites[id].name })
}

// shards returns the sites that are named, all of them for nil.
func (s *Session) shards(names []string) ([]siteID, error) {
	var out []siteID
	for _, sh := range s.opts.sharding.Shards {
		if names == nil {
			out = append(out, s.routes.names[sh.Name])
		}
	}
	for _, name := range names {
		id, ok := s.routes.names[name]
		if !ok || !s.isShard(id) {
			return nil, fmt.Errorf("orm: the session has no shard %q; name one of those of its Sharding", name)
		}
		out = append(out, id)
	}
	return out, nil
}

// InShard runs f, in which the session's statements for rows that are spread go to
// one shard, and new entities too.
func (s *Session) InShard(name string, f func() error) error {
	if err := s.enter(); err != nil {
		return err
	}
	if s.opts.sharding == nil {
		s.leave()
		return errors.New("orm: InShard is for sessions with Sharded")
	}
	ids, err := s.shards([]string{name})
	s.leave()
	if err != nil {
		return err
	}
	defer s.at(ids[0])()
	return f()
}

// ShardOf returns the name of the shard, or other database, where the row of an
// entity of the session is; "" for a new one that the flush has not placed.
func (s *Session) ShardOf(entity any) (string, error) {
	if err := s.enter(); err != nil {
		return "", err
	}
	defer s.leave()
	st, err := s.stateOf(entity)
	switch {
	case err != nil:
		return "", err
	case st == nil:
		return "", &ModelError{Entity: fmt.Sprintf("%T", entity), Reason: "is not part of the session"}
	case st.at == spread:
		return "", nil
	}
	return s.sites[st.at].name, nil
}

// knownInShards is known of rows that may be in each shard.
func (s *Session) knownInShards(m *mapper, key []sqltype.Value) *state {
	ids, _ := s.shards(nil)
	for _, id := range ids {
		back := s.at(id)
		st := s.known(m, key)
		back()
		if st != nil {
			return st
		}
	}
	return nil
}

var justHome = []siteID{home}

func justAt(at siteID) []siteID {
	if at == home {
		return justHome
	}
	return []siteID{at}
}

// forQuery returns the sites that a query of the mapper's rows is sent to.
func (s *Session) forQuery(m *mapper, q func() *expr.Select) ([]siteID, error) {
	at, err := s.siteOf(m)
	if err != nil || at != spread {
		return justAt(at), err
	}
	var names []string
	if f := s.opts.sharding.Query; f != nil {
		names = f(m.table, q())
	}
	return s.shards(names)
}

// forKey returns the sites where the row of a key may be.
func (s *Session) forKey(m *mapper, key []any) ([]siteID, error) {
	at, err := s.siteOf(m)
	if err != nil || at != spread {
		return justAt(at), err
	}
	var names []string
	if f := s.opts.sharding.Key; f != nil {
		names = f(m.table, slices.Clone(key))
	}
	return s.shards(names)
}

// place chooses the shards of new entities.
func (s *Session) place(pending []*state, r *relating) error {
	var left []*state
	for _, st := range pending {
		if st.at != spread {
			continue
		}
		name := s.opts.sharding.New(st.object())
		if name == "" {
			left = append(left, st)
			continue
		}
		ids, err := s.shards([]string{name})
		if err != nil {
			return &EntityError{Entity: st.m.describe(st.obj), Err: err}
		}
		st.at = ids[0]
	}
	for placed := true; placed && r != nil; {
		placed = false
		for _, b := range r.order {
			if b.child.at == spread && b.parent != nil && s.isShard(b.parent.at) {
				b.child.at, placed = b.parent.at, true
			}
		}
	}
	for _, st := range left {
		if st.at == spread {
			return &ModelError{Entity: st.m.describe(st.obj), Reason: "has no shard: New of the Sharding names none, and it references no entity that has one"}
		}
	}
	return nil
}

// bySiteOf runs f for the entities of each site, with the session there.
func (s *Session) bySiteOf(entities []mem.Pointer, f func(part []mem.Pointer) error) error {
	if s.opts.sharding == nil {
		return f(entities)
	}
	parts := map[siteID][]mem.Pointer{}
	var order []siteID
	for _, p := range entities {
		id := s.here
		if st := s.held(p); st != nil && s.isShard(st.at) {
			id = st.at
		}
		if parts[id] == nil {
			order = append(order, id)
		}
		parts[id] = append(parts[id], p)
	}
	for _, id := range order {
		back := s.at(id)
		err := f(parts[id])
		back()
		if err != nil {
			return err
		}
	}
	return nil
}
