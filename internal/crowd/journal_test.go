package crowd

import (
	"bytes"
	"fmt"
	"os"
	"sync"
)

// The words of a journal's lines. The first two have the transaction, the kind,
// the code, the id and the number; the next two a transaction; the last a text.
const (
	wordKept   = "kept"   // a row of a transaction that is about to end
	wordLost   = "lost"   // a row within a savepoint that is about to be undone
	wordDone   = "done"   // a transaction was committed
	wordUndone = "undone" // a transaction was rolled back
	wordWrong  = "wrong"
)

// journal is what one process believes. A line is with the system when its
// method returns, so that it outlives the process.
type journal struct {
	mu   sync.Mutex
	file *os.File
}

func openJournal(path string) (*journal, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	return &journal{file: f}, err
}

func (j *journal) write(lines []byte) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	_, err := j.file.Write(lines)
	return err
}

// given says which values rows were given.
func (j *journal) given(tx, word string, parts []part) error {
	var b bytes.Buffer
	for _, p := range parts {
		for _, r := range p.rows {
			fmt.Fprintln(&b, word, tx, p.kind, r.Code, r.ID, r.Number)
		}
	}
	return j.write(b.Bytes())
}

func (j *journal) ended(tx, word string) error { return j.write(fmt.Appendln(nil, word, tx)) }

// wantNone writes down objects that still have what was rolled back.
func (j *journal) wantNone(tx string, m *model, parts []part) error {
	var b bytes.Buffer
	for _, p := range parts {
		for _, r := range p.rows {
			if r.ID != 0 || r.Number != 0 {
				fmt.Fprintf(&b, "%s %s: of %s, %s keeps id %d and number %d though it was rolled back\n", wordWrong, tx, m.kinds[p.kind].name, r.Code, r.ID, r.Number)
			}
		}
	}
	if b.Len() == 0 {
		return nil
	}
	return j.write(b.Bytes())
}
