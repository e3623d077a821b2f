package orm

import (
	"errors"
	"runtime"
	"sync"
	"weak"

	"github.com/alkahest-go/alkahest/internal/mem"
)

// ownership remembers which entities were added to a session, so that adding
// one to a second session is an error. It outlives the session by a moment and
// never keeps it alive.
type ownership struct {
	session weak.Pointer[Session]
	pages   []*page
	last    *page // where the last entity was; the next is mostly near it
	odd     map[uintptr]struct{}
	first   firstPage
}

// The claims of all sessions are kept by address: as a bit for each entity in
// a page of addresses. Entities that are made together lie together, so that
// many share a page. A session keeps its entities alive as long as its bits
// stand for something.
const (
	pageSize = 4096
	cell     = 8 // bytes for which there is a bit
)

// firstPage is memory for the first page of a session: many have no other.
type firstPage struct {
	used   bool // the owners may outlive the session's claims
	page   page
	owners pageOwners
	list   [1]*page
	others [1]*page
}

// page is what one session claims of a page of addresses.
type page struct {
	of    *pageOwners
	owner *ownership
	bits  [pageSize / cell / 64]uint64
}

// pageOwners are the sessions that claim something of a page.
type pageOwners struct {
	number uintptr
	pages  []*page
}

// claimShard is a part of all pages, under a lock of its own.
type claimShard struct {
	mu    sync.Mutex
	pages map[uintptr]*pageOwners
	odd   map[uintptr]*ownership // entities at addresses between the cells
}

var claims [64]claimShard

func shardOf(number uintptr) *claimShard { return &claims[number%uintptr(len(claims))] }

func newOwnership(s *Session) *ownership {
	o := &ownership{session: weak.Make(s)}
	runtime.AddCleanup(s, func(o *ownership) { o.releaseAll() }, o)
	return o
}

// claim makes the entity at p the session's. One of another session is an error.
func (o *ownership) claim(m *mapper, p mem.Pointer) error {
	at := uintptr(p)
	sh := shardOf(at / pageSize)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	claimed := false
	if at%cell != 0 {
		claimed = o.claimOdd(sh, at)
	} else {
		claimed = o.page(sh, at/pageSize).claim(at)
	}
	if !claimed {
		return &ModelError{Entity: m.describe(p), Reason: reasonElsewhere}
	}
	return nil
}

// owned is the session's ownership, which is made for what is added first.
func (s *Session) owned() *ownership {
	if s.owner == nil {
		s.owner = newOwnership(s)
	}
	return s.owner
}

// holds reports whether the session has claimed the entity at p.
func (o *ownership) holds(p mem.Pointer) bool {
	if o == nil {
		return false
	}
	at := uintptr(p)
	sh := shardOf(at / pageSize)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if at%cell != 0 {
		return sh.odd[at] == o
	}
	g := o.last
	if g == nil || g.of.number != at/pageSize {
		if g = sh.find(at/pageSize, o); g == nil {
			return false
		}
	}
	word, mask := g.bit(at)
	return *word&mask != 0
}

// find returns what a session claims of a page, or nil.
func (sh *claimShard) find(number uintptr, o *ownership) *page {
	if of := sh.pages[number]; of != nil {
		for _, g := range of.pages {
			if g.owner == o {
				return g
			}
		}
	}
	return nil
}

const reasonElsewhere = "is part of another session; close that one, or Expunge the entity from it, first"

// page returns the session's part of a page.
func (o *ownership) page(sh *claimShard, number uintptr) *page {
	if o.last != nil && o.last.of.number == number {
		return o.last
	}
	if g := sh.find(number, o); g != nil {
		o.last = g
		return g
	}
	of := sh.pages[number]
	if of == nil {
		if sh.pages == nil {
			sh.pages = map[uintptr]*pageOwners{}
		}
		of = o.newOwners()
		of.number = number
		sh.pages[number] = of
	}
	g := &o.first.page
	if g.of != nil {
		g = new(page)
	}
	g.of, g.owner = of, o
	if o.pages == nil && !o.first.used {
		o.pages = o.first.list[:0]
	}
	of.pages, o.pages, o.last = append(of.pages, g), append(o.pages, g), g
	return g
}

func (o *ownership) newOwners() *pageOwners {
	if o.first.used {
		return new(pageOwners)
	}
	o.first.used = true
	of := &o.first.owners
	of.pages = o.first.others[:0]
	return of
}

func (g *page) bit(at uintptr) (word *uint64, mask uint64) {
	n := at % pageSize / cell
	return &g.bits[n/64], 1 << (n % 64)
}

// claim reports whether no other session has the entity.
func (g *page) claim(at uintptr) bool {
	word, mask := g.bit(at)
	for _, other := range g.of.pages {
		theirs, _ := other.bit(at)
		if other == g || *theirs&mask == 0 {
			continue
		}
		if other.owner.session.Value() != nil {
			return false
		}
		*theirs &^= mask
	}
	*word |= mask
	return true
}

// claimOdd claims an entity that shares its cell with others.
func (o *ownership) claimOdd(sh *claimShard, at uintptr) bool {
	if holder := sh.odd[at]; holder != nil && holder != o && holder.session.Value() != nil {
		return false
	}
	if sh.odd == nil {
		sh.odd = map[uintptr]*ownership{}
	}
	if o.odd == nil {
		o.odd = map[uintptr]struct{}{}
	}
	sh.odd[at], o.odd[at] = o, struct{}{}
	return true
}

// release lets go of the entity at p, if the session has claimed it.
func (o *ownership) release(p mem.Pointer) {
	if o == nil {
		return
	}
	at := uintptr(p)
	sh := shardOf(at / pageSize)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if at%cell != 0 {
		o.releaseOdd(sh, at)
		return
	}
	if g := sh.find(at/pageSize, o); g != nil {
		word, mask := g.bit(at)
		*word &^= mask
	}
}

func (o *ownership) releaseOdd(sh *claimShard, at uintptr) {
	if sh.odd[at] == o {
		delete(sh.odd, at)
	}
	delete(o.odd, at)
}

func (o *ownership) releaseAll() {
	if o == nil {
		return
	}
	for _, g := range o.pages {
		sh := shardOf(g.of.number)
		sh.mu.Lock()
		g.of.remove(g)
		if len(g.of.pages) == 0 {
			delete(sh.pages, g.of.number)
		}
		sh.mu.Unlock()
	}
	for at := range o.odd {
		sh := shardOf(at / pageSize)
		sh.mu.Lock()
		o.releaseOdd(sh, at)
		sh.mu.Unlock()
	}
	o.pages, o.last = nil, nil
}

func (of *pageOwners) remove(g *page) {
	for i, x := range of.pages {
		if x == g {
			last := len(of.pages) - 1
			of.pages[i], of.pages[last] = of.pages[last], nil
			of.pages = of.pages[:last]
			return
		}
	}
}

// misuses are calls of other goroutines while the session was in use, whose errors
// the next flush returns.
type misuses struct {
	mu   sync.Mutex
	errs []error
}

func (m *misuses) note(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.errs = append(m.errs, err)
}

func (m *misuses) take() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	err := errors.Join(m.errs...)
	m.errs = nil
	return err
}
