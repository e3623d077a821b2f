package proxy

import (
	"math/rand/v2"
	"strings"
)

// rewriting is what a proxy does to the rows of the results that generated values come back in: those of INSERT … RETURNING, and of
// queries for the next values of a sequence.
type rewriting struct {
	random   *rand.Rand // of shuffling; nil: rows keep their order
	shuffled int

	tampering Tampering
	atLeast   int // rows that a result must have to be tampered with
	tampered  bool
}

// Tampering is what is done to one row of a result.
type Tampering int

// What is done to a row: it is kept from the client, it is sent twice, or its first column, a whole number, is changed.
const (
	leaveAlone Tampering = iota
	DropRow
	DoubleRow
	AlterRow
)

// Shuffle has the rows of each INSERT … RETURNING, and of each query for values of a sequence, reach the client in another order than the
// server's from now on. Rows have to be smaller than 16 MiB.
func (p *Proxy) Shuffle(seed uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rewriting.random = rand.New(rand.NewPCG(seed, 0))
}

// Shuffled returns how many results have come in another order so far.
func (p *Proxy) Shuffled() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rewriting.shuffled
}

// Tamper tampers with the row in the middle of the next result of an INSERT … RETURNING that has so many rows at least. It is done once.
func (p *Proxy) Tamper(how Tampering, atLeast int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rewriting.tampering, p.rewriting.atLeast, p.rewriting.tampered = how, atLeast, false
}

// Tampered tells whether that has been done.
func (p *Proxy) Tampered() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rewriting.tampered
}

// rewrites tells whether the rows that a statement returns are to be held back until all are there.
func (p *Proxy) rewrites(sql string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := &p.rewriting
	return r.random != nil && (insertReturns(sql) || drawsValues(sql)) || r.tampering != leaveAlone && insertReturns(sql)
}

func insertReturns(sql string) bool {
	return begins(sql, "INSERT") && strings.Contains(strings.ToUpper(sql), "RETURNING")
}

func drawsValues(sql string) bool {
	return begins(sql, "SELECT") && strings.Contains(strings.ToUpper(sql), "NEXTVAL(")
}

func begins(sql, word string) bool {
	sql = strings.TrimSpace(sql)
	return len(sql) > len(word) && strings.EqualFold(sql[:len(word)], word)
}

// rewrite returns what the client gets in place of the rows of a result. alter changes the first column of a row.
func (p *Proxy) rewrite(rows [][]byte, alter func(row []byte)) [][]byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := &p.rewriting
	if r.tampering != leaveAlone && len(rows) >= max(r.atLeast, 1) {
		rows = tamper(rows, r.tampering, alter)
		r.tampering, r.tampered = leaveAlone, true
	}
	if r.random != nil && len(rows) > 1 {
		r.random.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		r.shuffled++
	}
	return rows
}

func tamper(rows [][]byte, how Tampering, alter func(row []byte)) [][]byte {
	at := len(rows) / 2
	switch how {
	case DropRow:
		return append(rows[:at:at], rows[at+1:]...)
	case DoubleRow:
		return append(rows[:at+1:at+1], append([][]byte{append([]byte(nil), rows[at]...)}, rows[at+1:]...)...)
	case AlterRow:
		alter(rows[at])
	}
	return rows
}
