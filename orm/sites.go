package orm

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// A session may work over several databases, its sites. Each table is at one of
// them, and so are its entities, which remember it. Statements go to the site
// where the session is, Session.here, which each call of the session sets by on.

// siteID is a place in Session.sites.
type siteID uint16

// home is the database that the session was opened over.
const home siteID = 0

// site is one database of a session.
type site struct {
	name  string
	db    Beginner
	tx    *engine.Tx
	order int // of those that have begun, 1 for the first
}

// Bindable is what Bind sends to a database: a *Base, with all its tables, or a
// table that was declared.
type Bindable interface {
	bindTo(r *routes, at siteID) error
}

// Bind is an option of a session over several databases: it gives the session
// another one, under a name that is its own. In it are the tables of bases that
// were made with BindKey of the name, and what else is given: bases, and tables,
// which go before their bases. Everything else is in the database that the
// session was opened over, which may be nil where nothing is.
//
// Relationships may lead from one database to another, but for those with a table
// between; they are loaded by statements of their own. The databases are committed
// one after the other, or together by TwoPhase.
func Bind(name string, db Beginner, of ...Bindable) SessionOption {
	return func(o *sessionOptions) { o.bound = append(o.bound, bound{name: name, db: db, of: of}) }
}

type bound struct {
	name string
	db   Beginner
	of   []Bindable
	// spread are those of a Sharding, of which this is the last shard.
	spread []Bindable
}

// BindKey says that the tables of a Base are in the database that a session has
// under the name; see Bind.
func BindKey(name string) BaseOption { return func(b *Base) { b.bindKey = name } }

// Database returns the name of BindKey, "" for a base without one.
func (b *Base) Database() string { return b.bindKey }

// routes say which site tables are at.
type routes struct {
	tables map[*schema.Table]siteID
	bases  map[*Base]siteID
	names  map[string]siteID
}

func (b *Base) bindTo(r *routes, at siteID) error {
	if other, ok := r.bases[b]; ok && other != at {
		return errors.New("orm: Bind gives one Base to two databases; give it to one")
	}
	r.bases[b] = at
	return nil
}

//go:noinline
func (t *Table[T]) bindTo(r *routes, at siteID) error { return bindTable(t, r, at) }

func bindTable(t untyped, r *routes, at siteID) error {
	of := t.held().m
	if of == nil || of.table == nil {
		return fmt.Errorf("orm: %T is not declared; make it by orm.Declare", t)
	}
	for _, m := range of.base.hierarchy(of) {
		if other, ok := r.tables[m.table]; ok && other != at {
			return fmt.Errorf("orm: Bind gives the table %s to two databases; give it to one", m.table.FullName())
		}
		r.tables[m.table] = at
	}
	return nil
}

// hierarchy returns the mappers whose rows are of one hierarchy.
func (b *Base) hierarchy(of *mapper) []*mapper {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := []*mapper{of}
	for _, m := range b.mappers {
		if m != of && m.table != nil && m.root() == of.root() {
			out = append(out, m)
		}
	}
	return out
}

// open makes the sites that the options name.
func (s *Session) open(db Beginner) {
	s.home[0] = site{name: "main", db: db}
	s.sites = s.home[:]
	if len(s.opts.bound) == 0 {
		return
	}
	s.routes = &routes{tables: map[*schema.Table]siteID{}, bases: map[*Base]siteID{}, names: map[string]siteID{}}
	for _, b := range s.opts.bound {
		if err := s.addSite(b); err != nil {
			s.opts.wrong = errors.Join(s.opts.wrong, err)
		}
	}
}

func (s *Session) addSite(b bound) error {
	if v := reflect.ValueOf(b.db); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return fmt.Errorf("orm: Bind gives no database under the name %q; give one", b.name)
	}
	if _, twice := s.routes.names[b.name]; twice || b.name == "" {
		return fmt.Errorf("orm: Bind needs a name of its own for each database, which %q is not", b.name)
	}
	at := siteID(len(s.sites))
	s.sites = append(s.sites, site{name: b.name, db: b.db})
	s.routes.names[b.name] = at
	for _, x := range b.of {
		if err := x.bindTo(s.routes, at); err != nil {
			return err
		}
	}
	for _, x := range b.spread {
		if err := x.bindTo(s.routes, spread); err != nil {
			return err
		}
	}
	return nil
}

// siteOf returns where a mapper's rows are: where they are spread, in the shard
// where the session is, or, if that is in none, spread.
func (s *Session) siteOf(m *mapper) (siteID, error) { return s.siteOfTable(m.base, m.root().table) }

func (s *Session) siteOfTable(base *Base, t *schema.Table) (siteID, error) {
	at, err := s.routeOf(base, t)
	if at == spread && s.isShard(s.here) {
		at = s.here
	}
	return at, err
}

func (s *Session) routeOf(base *Base, t *schema.Table) (siteID, error) {
	if s.routes != nil {
		if at, ok := s.routes.tables[t]; ok {
			return at, nil
		}
		if at, ok := s.routes.bases[base]; ok {
			return at, nil
		}
	}
	if base == nil || base.bindKey == "" {
		return home, nil
	}
	if s.routes != nil {
		if at, ok := s.routes.names[base.bindKey]; ok {
			return at, nil
		}
	}
	return home, fmt.Errorf("orm: the table %s is in the database %q, which the session does not have; give it by orm.Bind(%q, db)", t.FullName(), base.bindKey, base.bindKey)
}

// at has statements go to a site until the returned function is called.
func (s *Session) at(id siteID) (back func()) {
	before := s.here
	s.here = id
	return func() { s.here = before }
}

// over has statements go to where the mapper's rows are, until the returned
// function is called.
func (s *Session) over(m *mapper) (back func(), err error) {
	id, err := s.siteOf(m)
	return s.at(id), err
}

// spot is where the session keeps the mapper's entities; home where that is not
// known, which reachable tells.
func (s *Session) spot(m *mapper) siteID {
	if len(s.sites) == 1 {
		return home
	}
	at, _ := s.siteOf(m)
	return at
}

// reachable refuses a statement that reads a mapper's rows, where these are
// nowhere, or where the statement speaks of other databases too.
func (s *Session) reachable(m *mapper, stmt expr.Node) error {
	id, err := s.siteOf(m)
	if err != nil || len(s.sites) == 1 {
		return err
	}
	defer s.at(id)()
	return s.within(stmt)
}

// overStatement has statements go to where all tables of one are, until the
// returned function is called.
func (s *Session) overStatement(stmt expr.Node) (back func(), err error) {
	id, err := s.siteOfStatement(stmt)
	return s.at(id), err
}

// transactionAt is transaction of a site.
func (s *Session) transactionAt(ctx context.Context, id siteID) (*engine.Tx, error) {
	defer s.at(id)()
	return s.transaction(ctx)
}

var errSpread = errors.New("orm: the rows are spread over several databases, and this is done in one: say which by Session.InShard")

// transaction begins the transaction if there is none where the session is.
func (s *Session) transaction(ctx context.Context) (*engine.Tx, error) {
	if s.reading {
		return nil, errReading
	}
	if s.here == spread {
		return nil, errSpread
	}
	at := &s.sites[s.here]
	if at.tx != nil {
		return at.tx, nil
	}
	if at.db == nil {
		return nil, errors.New("orm: the session was opened over no database, and a statement is for none of those that Bind gives; open it over one, or Bind the tables")
	}
	tx, err := s.beginAt(ctx, at)
	if err != nil {
		return nil, fmt.Errorf("orm: begin%s: %w", s.inSite(s.here), err)
	}
	if !s.InTransaction() {
		s.loads++
		s.trusted = s.loads
	}
	s.begun++
	at.tx, at.order = tx, s.begun
	for _, n := range s.nested {
		if err := n.extend(ctx, s.here, tx); err != nil {
			s.failed = err
			return nil, err
		}
	}
	if len(s.opts.events) > 0 {
		if err := s.announceBegin(ctx, tx); err != nil {
			s.failed = err
			return nil, err
		}
	}
	return tx, nil
}

// inSite names a site in an error, where there are several.
func (s *Session) inSite(id siteID) string {
	if len(s.sites) == 1 {
		return ""
	}
	return fmt.Sprintf(" in the database %q", s.sites[id].name)
}

// begun returns the sites that have begun, in the order in which they did.
func (s *Session) begunSites() []*site {
	out := s.first.begun[:0]
	for i := range s.sites {
		if s.sites[i].tx != nil {
			out = append(out, &s.sites[i])
		}
	}
	slices.SortFunc(out, func(a, b *site) int { return a.order - b.order })
	return out
}

// InTransaction reports whether the session has begun a transaction.
func (s *Session) InTransaction() bool {
	return slices.ContainsFunc(s.sites, func(at site) bool { return at.tx != nil })
}

// Tx returns the session's transaction, beginning it if need be, for
// statements beside the session. What they change is not known to the session.
// Of several databases it is the one that the session was opened over; see TxOf.
func (s *Session) Tx(ctx context.Context) (*engine.Tx, error) {
	if err := s.ready(); err != nil {
		return nil, err
	}
	defer s.leave()
	return s.transaction(ctx)
}

// TxOf is Session.Tx of the database where a table is.
func TxOf[T any](ctx context.Context, s *Session, src Source[T]) (*engine.Tx, error) {
	if err := s.ready(); err != nil {
		return nil, err
	}
	defer s.leave()
	m, _, err := mapperFrom(src, nil)
	if err != nil {
		return nil, err
	}
	back, err := s.over(m)
	defer back()
	if err != nil {
		return nil, err
	}
	return s.transaction(ctx)
}

// DatabaseOf returns what the session was given for the database where a table
// is, and its name, which is "main" for the one that it was opened over.
func DatabaseOf[T any](s *Session, src Source[T]) (db Beginner, name string, err error) {
	m, _, err := mapperFrom(src, nil)
	if err != nil {
		return nil, "", err
	}
	at, err := s.siteOf(m)
	if err != nil {
		return nil, "", err
	}
	if at == spread {
		return nil, "", errSpread
	}
	return s.sites[at].db, s.sites[at].name, nil
}

// siteOfStatement returns where all tables of a statement are.
func (s *Session) siteOfStatement(stmt expr.Node) (siteID, error) {
	at, first := home, (*schema.Table)(nil)
	var err error
	expr.Visit(stmt, func(n expr.Node) {
		t, ok := n.(*schema.Table)
		if !ok || err != nil {
			return
		}
		id, wrong := s.siteOfTable(baseOf(t), t)
		switch {
		case wrong != nil:
			err = wrong
		case first == nil:
			at, first = id, t
		case id != at:
			err = fmt.Errorf("orm: one statement can't speak of %s, in the database %q, and of %s, in the database %q: send one to each, and load relationships by statements of their own",
				first.FullName(), s.nameOf(at), t.FullName(), s.nameOf(id))
		}
	})
	return at, err
}

// nameOf names a site.
func (s *Session) nameOf(id siteID) string {
	if id == spread {
		return "of a shard"
	}
	return s.sites[id].name
}

// within refuses a statement of which not all tables are where the session is.
func (s *Session) within(stmt expr.Node) error {
	if len(s.sites) == 1 {
		return nil
	}
	_, err := s.siteOfStatement(stmt)
	return err
}

func baseOf(t *schema.Table) *Base {
	mapped.RLock()
	defer mapped.RUnlock()
	return mapped.bases[t.MetaData()]
}
