package pgx_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/dialect/postgres/pgx"
	"github.com/alkahest-go/alkahest/internal/testdb"
)

// encrypt puts a server that speaks TLS in front of the one that c names, and has
// c name that.
func encrypt(t *testing.T, c *pgx.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, about, about, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secure := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	server := net.JoinHostPort(c.ConnConfig.Host, strconv.Itoa(int(c.ConnConfig.Port)))
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go decrypt(conn, secure, server)
		}
	}()
	at := l.Addr().(*net.TCPAddr)
	c.ConnConfig.Host, c.ConnConfig.Port, c.ConnConfig.Fallbacks = at.IP.String(), uint16(at.Port), nil
	c.ConnConfig.TLSConfig = &tls.Config{InsecureSkipVerify: true}
}

// decrypt passes on what comes over TLS, and answers so, until either side ends.
func decrypt(c net.Conn, secure *tls.Config, server string) {
	defer c.Close()
	var request [8]byte // for TLS
	if _, err := io.ReadFull(c, request[:]); err != nil {
		return
	}
	if _, err := c.Write([]byte("S")); err != nil {
		return
	}
	inside := tls.Server(c, secure)
	up, err := net.Dial("tcp", server)
	if err != nil {
		return
	}
	defer up.Close()
	go func() {
		defer up.Close()
		io.Copy(up, inside)
	}()
	io.Copy(inside, up)
}

// Over TLS rows are the same, a cancel between them reaches the server, and the
// connection goes on.
func TestLongResultsOverTLS(t *testing.T) {
	c := config(t, testdb.PG15(t))
	encrypt(t, &c)
	conn := connectWith(t, c)
	s := prepare(t, conn, longRows, int8Type)
	r, err := s.Query(t.Context(), ints(3000))
	if err != nil {
		t.Fatal(err)
	}
	if got := readLong(t, r, 4000); got != 3000 {
		t.Errorf("got %d rows, want 3000", got)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	if r, err = s.Query(ctx, ints(1_000_000)); err != nil {
		t.Fatal(err)
	}
	readLong(t, r, 700)
	cancel(errStop)
	if err := r.Close(); !errors.Is(err, errStop) || conn.Broken() {
		t.Fatalf("got %v and Broken %v, want the cause on a connection that lives", err, conn.Broken())
	}
	if got := intOf(t, conn, "SELECT 5::int8"); got != 5 {
		t.Errorf("after it: got %d, want 5", got)
	}
}
