package alkahesttest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"github.com/alkahest-go/alkahest/orm"
)

// Factory makes entities that are valid and differ from each other, so that a
// test says only what it is about. It is a variable of a test package, used by many
// tests at once:
//
//	var users = alkahesttest.NewFactory(func(b *alkahesttest.Build) *User {
//		return &User{Name: b.Unique("user"), Email: b.Sprintf("user%d@example.org")}
//	})
//
//	u := users.Create(t, s, alkahesttest.Set(func(u *User) { u.Admin = true }))
type Factory[T any] struct {
	build  func(b *Build) *T
	traits []Trait[T]
	after  []func(ctx context.Context, s *orm.Session, entity *T) error
	number *atomic.Int64
}

// Trait changes an entity that a factory has built: a named variation, such as
// an author with three posts, or what one test wants otherwise.
type Trait[T any] func(b *Build, entity *T)

// Set is a trait that needs no Build: what a test overrides.
func Set[T any](f func(entity *T)) Trait[T] { return func(_ *Build, entity *T) { f(entity) } }

// NewFactory returns a factory. build returns a new entity each time, which is
// not in a session.
func NewFactory[T any](build func(b *Build) *T) *Factory[T] {
	return &Factory[T]{build: build, number: new(atomic.Int64)}
}

// With returns a factory whose entities have the traits, before those that are
// given when one is made. It numbers entities together with f.
func (f *Factory[T]) With(traits ...Trait[T]) *Factory[T] {
	c := *f
	c.traits = append(c.traits[:len(c.traits):len(c.traits)], traits...)
	return &c
}

// AfterCreate returns a factory that calls hook for each entity that is
// created, once it has its ids: with those that belong to it, in the order in
// which they were built.
func (f *Factory[T]) AfterCreate(hook func(ctx context.Context, s *orm.Session, entity *T) error) *Factory[T] {
	c := *f
	c.after = append(c.after[:len(c.after):len(c.after)], hook)
	return &c
}

// Build returns an entity without a database: it has no generated ids, and no
// hook is called.
func (f *Factory[T]) Build(t testing.TB, traits ...Trait[T]) *T {
	t.Helper()
	return f.In(newBuild(t), traits...)
}

// BuildMany is Build of n entities.
func (f *Factory[T]) BuildMany(t testing.TB, n int, traits ...Trait[T]) []*T {
	t.Helper()
	return f.ManyIn(newBuild(t), n, traits...)
}

// Create builds an entity and what belongs to it, has the session insert it and
// calls the hooks. It does not commit. What fails ends the test.
func (f *Factory[T]) Create(t testing.TB, s *orm.Session, traits ...Trait[T]) *T {
	t.Helper()
	return f.CreateMany(t, s, 1, traits...)[0]
}

// CreateMany is Create of n entities, in one flush.
func (f *Factory[T]) CreateMany(t testing.TB, s *orm.Session, n int, traits ...Trait[T]) []*T {
	t.Helper()
	b := newBuild(t)
	b.session = s
	all := f.ManyIn(b, n, traits...)
	orm.AddAll(s, all...)
	if err := s.Flush(t.Context()); err != nil {
		t.Fatalf("alkahesttest: creating %T: %v", *new(T), err)
	}
	for i := 0; i < len(b.run.hooks); i++ { // a hook may build more
		if err := b.run.hooks[i](t.Context()); err != nil {
			t.Fatalf("alkahesttest: after creating %T: %v", *new(T), err)
		}
	}
	return all
}

// maxDepth is how deep factories may call each other.
const maxDepth = 40

// In builds an entity as a part of another one: the other's factory or trait
// calls it, and sets the relationship.
func (f *Factory[T]) In(b *Build, traits ...Trait[T]) *T {
	b.TB.Helper()
	if b.depth == maxDepth {
		b.TB.Fatalf("alkahesttest: factories build each other without end, %T among them; leave a relationship to a trait", *new(T))
	}
	inner := &Build{TB: b.TB, number: f.number.Add(1), run: b.run, session: b.session, depth: b.depth + 1}
	entity := f.build(inner)
	if entity == nil {
		b.TB.Fatalf("alkahesttest: the factory of %T has built nothing", *new(T))
	}
	for _, list := range [][]Trait[T]{f.traits, traits} {
		for _, trait := range list {
			trait(inner, entity)
		}
	}
	for _, hook := range f.after {
		b.run.hooks = append(b.run.hooks, func(ctx context.Context) error { return hook(ctx, b.session, entity) })
	}
	return entity
}

// ManyIn is In for n entities.
func (f *Factory[T]) ManyIn(b *Build, n int, traits ...Trait[T]) []*T {
	b.TB.Helper()
	all := make([]*T, n)
	for i := range all {
		all[i] = f.In(b, traits...)
	}
	return all
}

// Build is the making of one entity.
type Build struct {
	// TB is the test that it is for.
	TB      testing.TB
	number  int64
	run     *making
	session *orm.Session
	depth   int
}

// making is what is built at once.
type making struct {
	hooks []func(ctx context.Context) error
}

func newBuild(t testing.TB) *Build { return &Build{TB: t, run: &making{}} }

// process tells the values of this test program from those of others that are
// on the same database at the same time.
var process = fmt.Sprintf("%06x", rand.Uint32()>>8)

// Number is 1 for the first entity of its factory in this program, 2 for the next
// and so on.
func (b *Build) Number() int64 { return b.number }

// Sprintf formats the number, as in b.Sprintf("Chapter %d").
func (b *Build) Sprintf(format string) string { return fmt.Sprintf(format, b.number) }

// Unique returns a text of the prefix, a mark of this run of the program and the number,
// such as "user-3f09ac-7": no other test has it, in this program or in one beside it on the
// same database.
func (b *Build) Unique(prefix string) string {
	return fmt.Sprintf("%s-%s-%d", prefix, process, b.number)
}

// Random returns numbers that are the same whenever the entity has the same
// number.
func (b *Build) Random() *rand.Rand { return rand.New(rand.NewPCG(uint64(b.number), 0)) }

// Creating reports whether the entity will be inserted.
func (b *Build) Creating() bool { return b.session != nil }

// Check ends the test where err is not nil, such as that of setting a
// relationship.
func (b *Build) Check(err error) {
	b.TB.Helper()
	if err != nil {
		b.TB.Fatalf("alkahesttest: %v", err)
	}
}
