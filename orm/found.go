package orm

import "github.com/alkahest-go/alkahest/internal/mem"

// found is what the rows of a statement have of one relationship: who belongs to
// whom.
type found struct {
	ones []ownersItem // of a BelongsTo by a join, of which there is one at most

	owners []mem.Pointer // of the others
	lists  map[mem.Pointer][]mem.Pointer
	pairs  map[ownersItem]bool // a pair may come again, where another join multiplies the rows
}

// ownersItem is an owner and what belongs to it, nil for nothing.
type ownersItem struct{ owner, item mem.Pointer }

// note takes what a row says.
func (f *found) note(p *loadPlan, owner, item mem.Pointer) {
	at := ownersItem{owner, item}
	if p.rel.kind == belongsTo && p.how.joins() {
		if n := len(f.ones); n == 0 || f.ones[n-1] != at {
			f.ones = append(f.ones, at)
		}
		return
	}
	f.meets(owner)
	if item == nil || f.pairs[at] {
		return
	}
	if f.pairs == nil {
		f.pairs = map[ownersItem]bool{}
	}
	f.pairs[at] = true
	f.lists[owner] = append(f.lists[owner], item)
}

// meets notes an owner, who may have nothing, and reports whether it came before.
func (f *found) meets(owner mem.Pointer) bool {
	if _, known := f.lists[owner]; known {
		return true
	}
	if f.lists == nil {
		f.lists = map[mem.Pointer][]mem.Pointer{}
	}
	f.lists[owner] = nil
	f.owners = append(f.owners, owner)
	return false
}

// hand gives the owners what belongs to them.
func (f *found) hand(p *loadPlan, loads uint32) error {
	for i := range f.ones {
		items := []mem.Pointer{f.ones[i].item}
		if items[0] == nil {
			items = nil
		}
		if err := p.rel.put(f.ones[i].owner, items, loads, p.partly()); err != nil {
			return err
		}
	}
	for _, owner := range f.owners {
		if err := p.rel.put(owner, f.lists[owner], loads, p.partly()); err != nil {
			return err
		}
	}
	return nil
}

// items are what was found, each once.
func (f *found) items() []mem.Pointer {
	var out []mem.Pointer
	seen := map[mem.Pointer]bool{}
	add := func(p mem.Pointer) {
		if p != nil && !seen[p] {
			seen[p] = true
			out = append(out, p)
		}
	}
	for i := range f.ones {
		add(f.ones[i].item)
	}
	for _, owner := range f.owners {
		for _, p := range f.lists[owner] {
			add(p)
		}
	}
	return out
}
