package orm

import (
	"reflect"
	"sync"
	"weak"

	"github.com/alkahest-go/alkahest/internal/mem"
)

// The base of an entity is its first field, so that both have one address. Which
// addresses are those of derived entities is kept here, as long as they live: a
// pointer to the base alone does not tell.
var wholes wholeSet

// wholeSet holds derived entities by address, in parts with a lock each.
type wholeSet [64]struct {
	mu    sync.Mutex
	at    map[uintptr]whole
	sweep int // how many there may be before those that are gone are taken out
}

// whole is a derived entity. The weak pointer tells it from another that lies at
// its address after it.
type whole struct {
	p weak.Pointer[byte]
	t reflect.Type
}

// add notes a derived entity of type t.
func (w *wholeSet) add(p mem.Pointer, t reflect.Type) {
	part := &w[uintptr(p)/64%uintptr(len(w))]
	part.mu.Lock()
	defer part.mu.Unlock()
	if part.at == nil {
		part.at = map[uintptr]whole{}
	}
	if len(part.at) >= max(part.sweep, firstSweep) {
		for at, x := range part.at {
			if x.p.Value() == nil {
				delete(part.at, at)
			}
		}
		part.sweep = 2 * len(part.at)
	}
	part.at[uintptr(p)] = whole{weak.Make((*byte)(p)), t}
}

// find returns the type of the derived entity at p, or nil.
func (w *wholeSet) find(p mem.Pointer) reflect.Type {
	part := &w[uintptr(p)/64%uintptr(len(w))]
	part.mu.Lock()
	defer part.mu.Unlock()
	if x, ok := part.at[uintptr(p)]; ok && x.p.Value() == (*byte)(p) {
		return x.t
	}
	return nil
}

// As returns the whole of which an entity is the base, and whether it is an S, or
// derives from it. Which one an entity is, is known of those that were read, that
// were added to a session or given to it by a relationship, and of what Up
// returned; not of a copy.
//
// It is the same object: what is changed in one is changed in the other.
func As[S, B any](entity *B) (*S, bool) {
	if entity == nil {
		return nil, false
	}
	p := mem.Pointer(entity)
	t := wholes.find(p)
	if t == nil || !begins(t, reflect.TypeFor[B]()) {
		t = reflect.TypeFor[B]()
	}
	if begins(t, reflect.TypeFor[S]()) {
		return (*S)(p), true
	}
	return nil, false
}

// begins reports whether a struct of type t begins with one of type base, by which
// it may be addressed: it is one, or its first field is embedded and begins so.
func begins(t, base reflect.Type) bool {
	for t != base {
		if t.Kind() != reflect.Struct || t.NumField() == 0 || !t.Field(0).Anonymous {
			return false
		}
		t = t.Field(0).Type
	}
	return true
}

// WholeOf returns the whole of which an entity is the base, as a pointer to its own
// type, for a type switch: the entity itself where it is no more than that.
func WholeOf[B any](entity *B) any {
	if t := wholes.find(mem.Pointer(entity)); entity != nil && t != nil && begins(t, reflect.TypeFor[B]()) {
		return reflect.NewAt(t, mem.Pointer(entity)).Interface()
	}
	return entity
}

// Up returns the base of a derived entity, for relationships and functions that
// ask for it. &e.Base is the same address, but does not say that the entity is
// more than that: one that is new, and was not added to a session before, has to
// go through Up. S must embed B, or what embeds B, as its first field; Up panics
// else.
func Up[B, S any](entity *S) *B {
	if entity == nil {
		return nil
	}
	s, b := reflect.TypeFor[S](), reflect.TypeFor[B]()
	if s == b {
		return (*B)(mem.Pointer(entity))
	}
	if !begins(s, b) {
		panic("orm: Up: " + s.String() + " does not begin with " + b.String() + ": embed that as the first field")
	}
	if t := wholes.find(mem.Pointer(entity)); t == nil || !begins(t, s) {
		wholes.add(mem.Pointer(entity), s)
	}
	return (*B)(mem.Pointer(entity))
}
