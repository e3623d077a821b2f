package alkahesttest

import (
	"context"
	"errors"
	"time"

	"github.com/alkahest-go/alkahest/driver"
)

// What runs outside of a transaction does so behind a savepoint, so that it is
// undone alone where it fails; a transaction is what follows that savepoint.

const pointName = "alkahest_sandbox"

// undoTime bounds what is undone after the user's context has ended.
const undoTime = 5 * time.Second

// settle looks at what became of the last statement outside of a transaction.
func (b *sandbox) settle(ctx context.Context) error {
	rows := b.rows
	if rows == nil {
		return nil
	}
	b.rows = nil
	if err := rows.Err(); err != nil && b.note(err) != nil {
		return b.undo(ctx)
	}
	b.fresh = false
	return b.note(nil)
}

// point sets the savepoint anew, if anything has happened since.
func (b *sandbox) point(ctx context.Context) error {
	if b.lost != nil {
		return &driver.ConnError{Err: b.lost}
	}
	if err := b.settle(ctx); err != nil || b.fresh {
		return err
	}
	words := b.caps.Savepoints.Words()
	var texts []string
	if b.set {
		texts = append(texts, words.Release+" "+pointName)
	}
	if err := b.run(ctx, append(texts, words.Set+" "+pointName)...); err != nil {
		return err
	}
	b.set, b.fresh = true, true
	return nil
}

// run executes texts in one round trip, where the driver can.
func (b *sandbox) run(ctx context.Context, texts ...string) error {
	items := make([]driver.Item, len(texts))
	for i, text := range texts {
		items[i].SQL = text
	}
	err := b.drv.Batch(ctx, items, func(int, driver.Rows) error { return nil })
	var failed *driver.BatchError
	if errors.As(err, &failed) {
		err = failed.Err
	}
	return b.note(err)
}

// undo goes back to the savepoint. It works also after ctx has ended.
func (b *sandbox) undo(ctx context.Context) error {
	if b.lost != nil || !b.set {
		return nil
	}
	b.rows = nil
	if ctx.Err() != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), undoTime)
		defer cancel()
	}
	if err := b.run(ctx, b.caps.Savepoints.Words().RollbackTo+" "+pointName); err != nil {
		return err
	}
	b.fresh = true
	return nil
}

// checkDeferred has constraints checked that wait for COMMIT, and leaves them
// as they were.
func (b *sandbox) checkDeferred(ctx context.Context) error {
	if b.caps.CheckDeferred == "" {
		return nil
	}
	const name = pointName + "_check"
	words := b.caps.Savepoints.Words()
	return b.run(ctx, words.Set+" "+name, b.caps.CheckDeferred, words.RollbackTo+" "+name, words.Release+" "+name)
}
