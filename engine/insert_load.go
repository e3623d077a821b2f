package engine

import (
	"slices"
	"sync/atomic"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqltype"
)

// span is rows that are sent at once.
type span struct {
	from, n int             // its rows
	held    int             // rows of which the values are in args: those, and the first ones of the next load
	args    []sqltype.Value // of the rows from from on
}

// load is a span, and what becomes of it.
type load struct {
	span
	bound driver.Bound // what is sent, where the driver can have it before; else nil

	c     *compile.Compiled
	watch *watch
	res   driver.Result
	rows  driver.Rows // open where done is to read them
	ids   []uint64    // of the rows, in the order in which they came
	err   error

	memory driver.Bound
}

// sent is the values of its rows.
func (l *load) sent(width int) []sqltype.Value { return l.args[:l.n*width] }

// close ends what it left open.
func (l *load) close() {
	if l.rows != nil {
		l.rows.Close()
		l.rows = nil
	}
}

// loading is a way to send rows in loads.
type loading struct {
	first int // row
	limit int // rows of a load
	// send has the database execute a load. It may run on another goroutine, and
	// calls no function of a user.
	send func(l *load) error
	// done takes what a load brought, and reports whether to go on. Loads come in
	// their order.
	done func(l *load) (more bool, err error)
	// turns says that done uses the connection: no load is sent until it returns.
	turns bool
}

// loadsAhead is how many loads are bound and not done with.
const loadsAhead = 4

// load sends the rows from first on in loads of limit rows, or a power of two
// where there are fewer, so that there are few texts. While the database works on
// one of them the next ones are bound, and those before are finished.
func (x *insertion) load(way loading) error {
	cur := &load{span: span{args: x.args}}
	if err := x.bindLoad(cur, span{from: way.first}, way.limit); err != nil {
		return err
	}
	var err error
	if cur.from+cur.n >= x.b.N || x.l.engine.observed(x.ctx) { // who observes is a user
		err = x.oneByOne(way, cur)
	} else {
		err = x.meanwhile(way, cur)
	}
	x.args = cur.args[:0]
	return err
}

func (x *insertion) oneByOne(way loading, cur *load) error {
	next := &load{}
	for cur.n > 0 {
		cur.err = way.send(cur)
		if more, err := x.settle(way, cur); err != nil || !more {
			return err
		}
		if err := x.bindLoad(next, cur.span, way.limit); err != nil {
			return err
		}
		cur, next = next, cur
	}
	return nil
}

// settle is done with what became of a load that was sent.
func (x *insertion) settle(way loading, l *load) (more bool, err error) {
	if err = l.err; err == nil {
		more, err = way.done(l)
	}
	return more, x.watched(l.watch, l.n, err)
}

// meanwhile sends on a goroutine of its own, so that functions of users stay on
// the caller's.
func (x *insertion) meanwhile(way loading, cur *load) error {
	s := startSender(way)
	defer s.stop()
	spare := []*load{{}}
	for waiting := 0; cur.n > 0 || waiting > 0; {
		if cur.n > 0 && waiting < loadsAhead {
			s.in <- cur
			waiting++
			next := spare[len(spare)-1]
			if spare = spare[:len(spare)-1]; len(spare) == 0 {
				spare = append(spare, &load{})
			}
			if err := x.bindLoad(next, cur.span, way.limit); err != nil {
				return err
			}
			cur = next
			continue
		}
		l, ok := <-s.out
		if !ok {
			return nil // of a panic, which stop tells
		}
		waiting--
		more, err := x.settle(way, l)
		if err != nil || !more {
			return err
		}
		if way.turns {
			s.turn <- struct{}{}
		}
		if err := x.finish(x.stored); err != nil {
			return err
		}
		spare = append(spare, l)
	}
	return nil
}

// sender sends loads one after the other.
type sender struct {
	in, out  chan *load
	turn     chan struct{}
	quit     atomic.Bool
	panicked any
}

func startSender(way loading) *sender {
	s := &sender{in: make(chan *load, loadsAhead), out: make(chan *load, loadsAhead), turn: make(chan struct{}, 1)}
	go s.run(way)
	return s
}

func (s *sender) run(way loading) {
	defer close(s.out)
	defer func() { s.panicked = recover() }()
	for l := range s.in {
		if s.quit.Load() {
			return
		}
		l.err = way.send(l)
		failed := l.err != nil
		s.out <- l
		if failed {
			return
		}
		if way.turns {
			<-s.turn
		}
	}
}

// stop waits until nothing is under way, and panics where sending did.
func (s *sender) stop() {
	s.quit.Store(true)
	close(s.in)
	close(s.turn)
	for l := range s.out {
		l.close()
	}
	if s.panicked != nil {
		panic(s.panicked)
	}
}

// bindLoad makes next the load after prev.
func (x *insertion) bindLoad(next *load, prev span, limit int) error {
	width := x.p.width()
	*next = load{
		span: span{from: prev.from + prev.n, held: prev.held - prev.n, args: next.args},
		ids:  next.ids[:0], memory: next.memory,
	}
	rest := prev.args[prev.n*width:]
	if prev.n == 0 {
		rest = nil
	}
	next.args = append(slices.Grow(next.args[:0], min(limit, x.b.N-next.from)*width), rest...)
	for bytes := size(rest); next.from+next.held < x.b.N && next.held < limit && bytes < valuesBytes; next.held++ {
		at := len(next.args)
		var err error
		if next.args, err = x.bind(next.args, next.from+next.held); err != nil {
			return err
		}
		bytes += size(next.args[at:])
	}
	if next.n = next.held; next.n > 0 && next.n < limit {
		next.n = powerOfTwo(next.n)
	}
	x.bindAhead(next)
	return nil
}

// bindAhead has the driver convert what the load sends. What it can't send is
// told when it is sent.
func (x *insertion) bindAhead(l *load) {
	if l.n == 0 || len(x.binds) > 0 {
		return
	}
	if l.memory == nil {
		b, ok := x.l.drv.(driver.Binder)
		if !ok {
			return
		}
		l.memory = b.NewBound()
	}
	if l.memory.Bind(l.sent(x.p.width())) == nil {
		l.bound = l.memory
	}
}
