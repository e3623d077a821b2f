package orm

// strategy is how a relationship is loaded.
type strategy uint8

const (
	selectIn    strategy = iota
	joined               // by a LEFT JOIN of the statement that reads the owners
	innerJoined          // by a JOIN of it
	inJoin               // from a join that the program has made
	bySubquery           // by a statement that has that of the owners within it
	asJSON               // as a value of the statement that reads the owners
)

// eager reports whether the relationship is read from the rows of its owners.
func (s strategy) eager() bool { return s.joins() || s == asJSON }

// joins reports whether it is read from a join with them.
func (s strategy) joins() bool { return s == joined || s == innerJoined || s == inJoin }

// endless is the depth of Recursive.
const endless = -1

// after are the plans of what this one finds.
func (p *loadPlan) after() []*loadPlan {
	if p.depth == 0 || p.depth == 1 {
		return p.then
	}
	next := *p
	if next.depth != endless {
		next.depth--
	}
	return append(p.then[:len(p.then):len(p.then)], &next)
}

func (h relationship[E, T]) by(how strategy) relationship[E, T] {
	h.plan.how = how
	return h
}

func (h relationship[E, T]) limited(n int) relationship[E, T] {
	h.plan.limit = &n
	return h
}

func (h relationship[E, T]) deep(n int) relationship[E, T] {
	h.plan.depth = n
	return h
}

// Joined loads by a LEFT JOIN within the statement that reads the entities, each of
// which comes once all the same, with a limit too.
func (h HasMany[E, T]) Joined() HasMany[E, T] { return HasMany[E, T]{h.by(joined)} }

// Joined loads by a LEFT JOIN within the statement that reads the entities, each of
// which comes once all the same, with a limit too.
func (h HasOne[E, T]) Joined() HasOne[E, T] { return HasOne[E, T]{h.by(joined)} }

// Joined loads by a LEFT JOIN within the statement that reads the entities, each of
// which comes once all the same, with a limit too.
func (h BelongsTo[E, T]) Joined() BelongsTo[E, T] { return BelongsTo[E, T]{h.by(joined)} }

// Joined loads by a LEFT JOIN within the statement that reads the entities, each of
// which comes once all the same, with a limit too.
func (h ManyToMany[E, T]) Joined() ManyToMany[E, T] { return ManyToMany[E, T]{h.by(joined)} }

// InnerJoined is Joined by an inner join: entities without one are not read.
func (h HasMany[E, T]) InnerJoined() HasMany[E, T] { return HasMany[E, T]{h.by(innerJoined)} }

// InnerJoined is Joined by an inner join: entities without one are not read.
func (h HasOne[E, T]) InnerJoined() HasOne[E, T] { return HasOne[E, T]{h.by(innerJoined)} }

// InnerJoined is Joined by an inner join: entities without one are not read.
func (h BelongsTo[E, T]) InnerJoined() BelongsTo[E, T] { return BelongsTo[E, T]{h.by(innerJoined)} }

// InnerJoined is Joined by an inner join: entities without one are not read.
func (h ManyToMany[E, T]) InnerJoined() ManyToMany[E, T] { return ManyToMany[E, T]{h.by(innerJoined)} }

// InJoin reads from the join that the query makes itself: of what the join finds.
// To names the alias that it joins.
func (h HasMany[E, T]) InJoin() HasMany[E, T] { return HasMany[E, T]{h.by(inJoin)} }

// InJoin reads from the join that the query makes itself: of what the join finds.
// To names the alias that it joins.
func (h HasOne[E, T]) InJoin() HasOne[E, T] { return HasOne[E, T]{h.by(inJoin)} }

// InJoin reads from the join that the query makes itself: of what the join finds.
// To names the alias that it joins.
func (h BelongsTo[E, T]) InJoin() BelongsTo[E, T] { return BelongsTo[E, T]{h.by(inJoin)} }

// InJoin reads from the join that the query makes itself: of what the join finds.
// To names the alias that it joins.
func (h ManyToMany[E, T]) InJoin() ManyToMany[E, T] { return ManyToMany[E, T]{h.by(inJoin)} }

// Subquery loads by a statement that has the query of the entities within it,
// instead of their keys. Where there is no such query, as for Load, it sends the
// keys.
func (h HasMany[E, T]) Subquery() HasMany[E, T] { return HasMany[E, T]{h.by(bySubquery)} }

// Subquery loads by a statement that has the query of the entities within it,
// instead of their keys. Where there is no such query, as for Load, it sends the
// keys.
func (h HasOne[E, T]) Subquery() HasOne[E, T] { return HasOne[E, T]{h.by(bySubquery)} }

// Subquery loads by a statement that has the query of the entities within it,
// instead of their keys. Where there is no such query, as for Load, it sends the
// keys.
func (h BelongsTo[E, T]) Subquery() BelongsTo[E, T] { return BelongsTo[E, T]{h.by(bySubquery)} }

// Subquery loads by a statement that has the query of the entities within it,
// instead of their keys. Where there is no such query, as for Load, it sends the
// keys.
func (h ManyToMany[E, T]) Subquery() ManyToMany[E, T] { return ManyToMany[E, T]{h.by(bySubquery)} }

// JSON loads within the statement that reads the entities, as one value of each of
// their rows, so that no row comes twice. Limit holds for each entity, and what
// With says may be JSON too. Where the database can't, the query is refused by
// name: leave JSON out there.
func (h HasMany[E, T]) JSON() HasMany[E, T] { return HasMany[E, T]{h.by(asJSON)} }

// Depth loads the same of what is loaded, n levels in all, where the relationship
// leads to its own table.
func (h HasMany[E, T]) Depth(n int) HasMany[E, T] { return HasMany[E, T]{h.deep(n)} }

// JSON loads within the statement that reads the entities, as one value of each of
// their rows, so that no row comes twice. Limit holds for each entity, and what
// With says may be JSON too. Where the database can't, the query is refused by
// name: leave JSON out there.
func (h HasOne[E, T]) JSON() HasOne[E, T] { return HasOne[E, T]{h.by(asJSON)} }

// Depth loads the same of what is loaded, n levels in all, where the relationship
// leads to its own table.
func (h HasOne[E, T]) Depth(n int) HasOne[E, T] { return HasOne[E, T]{h.deep(n)} }

// JSON loads within the statement that reads the entities, as one value of each of
// their rows, so that no row comes twice. Limit holds for each entity, and what
// With says may be JSON too. Where the database can't, the query is refused by
// name: leave JSON out there.
func (h BelongsTo[E, T]) JSON() BelongsTo[E, T] { return BelongsTo[E, T]{h.by(asJSON)} }

// Depth loads the same of what is loaded, n levels in all, where the relationship
// leads to its own table.
func (h BelongsTo[E, T]) Depth(n int) BelongsTo[E, T] { return BelongsTo[E, T]{h.deep(n)} }

// JSON loads within the statement that reads the entities, as one value of each of
// their rows, so that no row comes twice. Limit holds for each entity, and what
// With says may be JSON too. Where the database can't, the query is refused by
// name: leave JSON out there.
func (h ManyToMany[E, T]) JSON() ManyToMany[E, T] { return ManyToMany[E, T]{h.by(asJSON)} }

// Depth loads the same of what is loaded, n levels in all, where the relationship
// leads to its own table.
func (h ManyToMany[E, T]) Depth(n int) ManyToMany[E, T] { return ManyToMany[E, T]{h.deep(n)} }

// Recursive is Depth until nothing more is found. A row that was there already ends
// it.
func (h HasMany[E, T]) Recursive() HasMany[E, T] { return HasMany[E, T]{h.deep(endless)} }

// Recursive is Depth until nothing more is found. A row that was there already ends
// it.
func (h HasOne[E, T]) Recursive() HasOne[E, T] { return HasOne[E, T]{h.deep(endless)} }

// Recursive is Depth until nothing more is found. A row that was there already ends
// it.
func (h BelongsTo[E, T]) Recursive() BelongsTo[E, T] { return BelongsTo[E, T]{h.deep(endless)} }

// Recursive is Depth until nothing more is found. A row that was there already ends
// it.
func (h ManyToMany[E, T]) Recursive() ManyToMany[E, T] { return ManyToMany[E, T]{h.deep(endless)} }

// Limit loads at most n for each entity: the first of the order.
func (h HasMany[E, T]) Limit(n int) HasMany[E, T] { return HasMany[E, T]{h.limited(n)} }

// Limit loads at most n for each entity: the first of the order.
func (h ManyToMany[E, T]) Limit(n int) ManyToMany[E, T] { return ManyToMany[E, T]{h.limited(n)} }

// apart is the plan where no statement reads the owners' rows: a join becomes a
// statement of its own, unless it says which owners there are.
func (p *loadPlan) apart() (*loadPlan, error) {
	switch p.how {
	case inJoin, innerJoined:
		return nil, p.rel.problem("is to be read from a join of the query, and here is none: use All or One of a Select, or leave InJoin or InnerJoined out")
	case joined, asJSON:
		apart := *p
		apart.how = selectIn
		return &apart, nil
	}
	return p, nil
}

// check refuses what the plan can't do.
func (p *loadPlan) check() error {
	switch {
	case p.rel.writeOnly:
		return p.rel.neverLoaded()
	case p.depth == 0:
		return nil
	case p.depth < endless:
		return p.rel.problem("is to be loaded to the depth %d: begin with 1, or say Recursive", p.depth)
	case p.rel.goal != p.rel.owner.goType:
		return p.rel.problem("leads to another table, so that it has no depth: name what is loaded of %s by With", p.rel.goal)
	case p.depth == endless && p.how.eager():
		return p.rel.problem("is to be read by one statement, which goes as deep as Depth says, and not endlessly: say Depth, or leave Joined or JSON out")
	}
	return nil
}
