package orm

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/alkahest-go/alkahest/engine"
)

// Recovered is what RecoverTwoPhase has ended: the ids of prepared transactions,
// in order.
type Recovered struct {
	Committed, RolledBack []string
}

// RecoverTwoPhase ends what sessions with TwoPhase of the name have left prepared
// because their program, or a connection, died. Where the first database of such a
// commit has not committed, all others are rolled back; where it has, they are
// committed. All databases of these sessions have to be given, and none of the
// sessions may be committing meanwhile: call it when the program starts, and give
// each program that runs at the same time a name of its own.
func RecoverTwoPhase(ctx context.Context, name string, dbs ...*engine.Engine) (Recovered, error) {
	var out Recovered
	left, err := leftPrepared(ctx, name, dbs)
	if err != nil {
		return out, err
	}
	for _, common := range slices.Sorted(maps.Keys(left)) {
		parts := left[common]
		slices.SortFunc(parts, func(a, b leftPart) int { return a.number - b.number })
		if parts[0].number > 1 { // the first has committed
			for _, p := range parts {
				if err := p.db.CommitPrepared(ctx, p.id); err != nil {
					return out, fmt.Errorf("orm: recover: commit %q: %w", p.id, err)
				}
				out.Committed = append(out.Committed, p.id)
			}
			continue
		}
		for _, p := range slices.Backward(parts) { // the first stays until the others are gone
			if err := p.db.RollbackPrepared(ctx, p.id); err != nil {
				return out, fmt.Errorf("orm: recover: roll back %q: %w", p.id, err)
			}
			out.RolledBack = append(out.RolledBack, p.id)
		}
	}
	slices.Sort(out.RolledBack)
	return out, nil
}

// leftPart is a prepared transaction of a session.
type leftPart struct {
	id     string
	number int // in the order in which the session began them
	db     *engine.Engine
}

// leftPrepared lists what sessions of the name have prepared, by what the ids of
// one commit have in common. Databases of one server may list the same.
func leftPrepared(ctx context.Context, name string, dbs []*engine.Engine) (map[string][]leftPart, error) {
	left, seen := map[string][]leftPart{}, map[string]bool{}
	for _, db := range dbs {
		ids, err := db.PreparedTransactions(ctx)
		if err != nil {
			return nil, fmt.Errorf("orm: recover: %w", err)
		}
		for _, id := range ids {
			parts := strings.Split(id, ".")
			if len(parts) != 3 || parts[0] != name || seen[id] {
				continue
			}
			p := leftPart{id: id, db: db}
			if _, err := fmt.Sscanf(parts[2], "%d", &p.number); err != nil || p.number < 1 {
				return nil, errors.New("orm: recover: " + id + " has the name of TwoPhase, and is not of a session; end it by hand")
			}
			seen[id] = true
			left[parts[1]] = append(left[parts[1]], p)
		}
	}
	return left, nil
}
