package expr

import "crypto/sha256"

// Digest tells a statement, or a part of one, with its values, from all others. It
// is the same in each process of a program, where the key of a Key is not: tables
// stand in it by their names. Another version of this module may have others.
type Digest [sha256.Size]byte

// DigestOf returns the digest of a node, or why the node can't be compiled.
func DigestOf(n Node) (Digest, error) {
	k := &Key{fixed: true, lasting: true}
	k.Node(n)
	return sha256.Sum256(k.buf), k.err
}

// Lasting reports whether what is written must be the same in another process: a
// number that this one gave by itself is not.
func (k *Key) Lasting() bool { return k.lasting }
