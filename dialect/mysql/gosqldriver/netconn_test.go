package gosqldriver

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/internal/proxy"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// connectAt connects to the test server by way of another address.
func connectAt(t *testing.T, addr net.Addr) *conn {
	t.Helper()
	k := testConnector(t, "").(*connector)
	cfg := *k.cfg
	cfg.Socket, cfg.Host, cfg.Port = "", "127.0.0.1", addr.(*net.TCPAddr).Port
	other, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return connect(t, other)
}

func packets(bodies ...[]byte) (stream []byte) {
	for i, b := range bodies {
		stream = append(append(stream, byte(len(b)), byte(len(b)>>8), byte(len(b)>>16), byte(i+1)), b...)
	}
	return stream
}

// arrive returns the connection on which these bytes arrive, so many at a time.
func arrive(tb testing.TB, stream []byte, step int) *netConn {
	tb.Helper()
	far, near := net.Pipe()
	tb.Cleanup(func() { near.Close() })
	go func() {
		defer far.Close()
		for part := range slices.Chunk(stream, step) {
			if _, err := far.Write(part); err != nil {
				return
			}
		}
	}()
	return &netConn{Conn: near}
}

// Whoever reads gets packet after packet, numbered as if there had been no others,
// and the rows that were taken between are all there.
func FuzzPackets(f *testing.F) {
	f.Add([]byte("abc\x00row\x00longer row"), uint8(3), uint8(7), uint8(5))
	f.Add(bytes.Repeat([]byte("\x00r"), 3000), uint8(1), uint8(255), uint8(255))
	f.Fuzz(func(t *testing.T, data []byte, cut, step, ask uint8) {
		var bodies [][]byte
		for part := range slices.Chunk(data, int(cut)+1) {
			bodies = append(bodies, part)
		}
		c := arrive(t, packets(bodies...), int(step)+1)
		c.frame(false)
		c.number = 1
		number := byte(1) // that the Go driver counts
		for i, want := range bodies {
			if cut%2 == 0 {
				if row := c.row(); row != nil {
					if want[0] != 0 || !bytes.Equal(row, want) {
						t.Fatalf("packet %d is %q, taken as the row %q", i, want, row)
					}
					continue
				}
				if want[0] == 0 {
					t.Fatalf("packet %d, %q, was not taken", i, want)
				}
			}
			got, p := []byte{}, make([]byte, int(ask)+1)
			for len(got) < headSize+len(want) {
				n, err := c.Read(p)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, p[:n]...)
			}
			if !bytes.Equal(got[headSize:], want) || got[3] != number {
				t.Fatalf("packet %d: got number %d and %q, want %d and %q", i, got[3], got[headSize:], number, want)
			}
			number++
		}
		if c.unasked() || c.row() != nil {
			t.Error("there is more than was sent")
		}
	})
}

// A packet that isn't the next, or not a row, or not whole, is the Go driver's to
// refuse, and leaves the connection as it was.
func TestPacketsThatAreNotTaken(t *testing.T) {
	stream := packets([]byte("\x00row"))
	for name, tc := range map[string]struct {
		stream []byte
		number uint8
	}{
		"nothing": {nil, 1}, "half a head": {stream[:3], 1}, "a head": {stream[:4], 1}, "half": {stream[:6], 1}, "empty": {packets([]byte{}), 1},
		"another number": {stream, 2}, "an error": {packets([]byte("\xffe")), 1}, "the end": {packets([]byte("\xfe")), 1},
	} {
		c := arrive(t, tc.stream, 100)
		c.frame(false)
		c.number = tc.number
		if row := c.row(); row != nil {
			t.Errorf("%s: got the row %q", name, row)
		}
		got := make([]byte, 100)
		if n, _ := c.Read(got); len(tc.stream) > headSize && !bytes.Equal(got[:n], tc.stream) {
			t.Errorf("%s: the Go driver gets %q, want %q", name, got[:n], tc.stream)
		}
	}
}

// What arrives within TLS is read as before.
func TestEncryptedBytesPass(t *testing.T) {
	want := bytes.Repeat([]byte("0123456789"), 100_000)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(want) }))
	defer server.Close()
	client := server.Client()
	client.Transport.(*http.Transport).DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		nc, err := dial(ctx, network, addr)
		if err == nil {
			nc.(sysNetConn).frame(true)
		}
		return nc, err
	}
	answer, err := client.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if got, err := io.ReadAll(answer.Body); err != nil || !bytes.Equal(got, want) {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
}

const longResult = "SELECT a.seq, 'a text' FROM seq_1_to_3000 a, seq_1_to_3000 b"

// Rows that nobody wants are passed over, whether none, some or nearly all were read.
func TestRowsClosedEarly(t *testing.T) {
	c := open(t)
	for _, n := range []int{0, 1, 200, 255, 256, 257, 2999, 3000} {
		st := prepare(t, c, "SELECT seq, REPEAT('x', seq % 700) FROM seq_1_to_3000", 0)
		got, err := st.Query(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		for range n {
			if !got.Next() {
				t.Fatal(got.Close())
			}
		}
		if err := got.Close(); err != nil || c.Broken() {
			t.Errorf("after %d rows: %v", n, err)
		}
		if got := number(t, c, "SELECT 7"); got != 7 {
			t.Errorf("after %d rows the next statement gave %d", n, got)
		}
	}
}

func TestErrorInTheMiddleOfRows(t *testing.T) {
	sql := "SELECT a.seq, (SELECT b.seq FROM seq_1_to_2 b WHERE b.seq <= IF(a.seq = 1500, 2, 1)) FROM seq_1_to_3000 a"
	for name, c := range map[string]*conn{"wire": open(t), "Go driver": throughGoDriver(t)} {
		got, err := prepare(t, c, sql, 0).Query(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for got.Next() {
			n++
		}
		var refused *sqlerr.DatabaseError
		if err := got.Close(); !errors.As(err, &refused) || refused.Code != "1242" || n != 1499 || c.Broken() {
			t.Errorf("%s: after %d rows: got %v, want the error 1242 after 1499", name, n, err)
		}
		if got := number(t, c, "SELECT 7"); got != 7 {
			t.Errorf("%s: the next statement gave %d", name, got)
		}
	}
}

func TestKillsInTheMiddleOfRows(t *testing.T) {
	b := open(t)
	for name, a := range map[string]*conn{"wire": open(t), "Go driver": throughGoDriver(t)} {
		for _, kill := range []string{"KILL QUERY %d", "KILL CONNECTION %d"} {
			if got := number(t, a, "SELECT 7"); got != 7 {
				t.Errorf("%s: the next statement gave %d", name, got)
			}
			got, err := prepare(t, a, longResult, 0).Query(context.Background(), nil)
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for ; got.Next(); n++ {
				if n == 1000 {
					exec(t, b, kill, a.id)
				}
			}
			var lost *driver.ConnError
			err, fatal := got.Close(), kill != "KILL QUERY %d"
			if n < 1000 || n > 8_999_999 || a.Broken() != fatal || errors.As(err, &lost) != fatal || !fatal && !isInterrupt(err) {
				t.Errorf("%s: %s: got %v after %d rows, broken %v", name, kill, err, n, a.Broken())
			}
		}
	}
}

func TestConnectionThatBreaksInTheMiddleOfRows(t *testing.T) {
	for _, wire := range []bool{true, false} {
		p := proxy.Start(t, testdb.MariaDB(t))
		addr, err := net.ResolveTCPAddr("tcp", p.Addr())
		if err != nil {
			t.Fatal(err)
		}
		c := connectAt(t, addr)
		c.net.framed = wire
		got, err := prepare(t, c, longResult, 0).Query(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for ; got.Next(); n++ {
			if n == 1000 {
				p.CloseAll()
			}
		}
		var lost *driver.ConnError
		err = got.Close()
		if !errors.As(err, &lost) || !lost.Sent || !errors.Is(err, mysql.ErrInvalidConn) || !c.Broken() || c.raw.IsValid() || n < 1000 {
			t.Errorf("from the wire %v: got %v after %d rows, want a ConnError", wire, err, n)
		}
	}
}

// Where the server does not answer a KILL, the socket is closed under the reader.
func TestCancelledRowsOfASilentServer(t *testing.T) {
	k := testConnector(t, "cancel_grace=200ms")
	c := connect(t, k)
	c.server = "somewhere else" // so that no KILL is sent
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	got, err := prepare(t, c, "SELECT seq, IF(seq = 2000, SLEEP(20), 0) FROM seq_1_to_3000", 0).Query(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	for n := 0; got.Next(); n++ {
		if n == 10 {
			cancel()
		}
	}
	var lost *driver.ConnError
	if err := got.Close(); !errors.Is(err, context.Canceled) || !errors.As(err, &lost) || !lost.Sent || !c.Broken() {
		t.Errorf("got %v, want context.Canceled and a ConnError", err)
	}
	if time.Since(begun) > 15*time.Second {
		t.Error("the reader waited for the server")
	}
	exec(t, open(t), "KILL CONNECTION %d", c.id)
}

func TestResultsOfAProcedureFromTheWire(t *testing.T) {
	wire, other := open(t), throughGoDriver(t)
	exec(t, wire, "CREATE OR REPLACE PROCEDURE gsd_wire_sets() BEGIN SELECT seq, 'a' FROM seq_1_to_700; "+
		"SELECT REPEAT('x', seq), seq, NULL, TIME '01:00:00' FROM seq_1_to_600; SELECT 1 FROM seq_1_to_5 WHERE seq > 5; SELECT 9; END")
	defer exec(t, wire, "DROP PROCEDURE gsd_wire_sets")
	if n := same(t, wire, other, "CALL gsd_wire_sets()"); n != 1301 {
		t.Errorf("got %d rows, want 1301", n)
	}
	for _, stop := range []int{0, 1, 300, 700} {
		got, err := prepare(t, wire, "CALL gsd_wire_sets()", 0).Query(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		sets := got.(driver.SetRows)
		sets.WantSets()
		for range stop {
			sets.Next()
		}
		if !sets.NextSet() || !sets.Next() || string(sets.Text(0)) != "x" || sets.Int64(1) != 1 || !sets.IsNull(2) {
			t.Errorf("after %d rows of the first result: the second one is another", stop)
		}
		if err := sets.Close(); err != nil {
			t.Error(err)
		}
		if got := number(t, wire, "SELECT 7"); got != 7 {
			t.Errorf("the next statement gave %d", got)
		}
	}
}

// A server or proxy that sends what is not a row is not believed.
func TestRowsThatAreNone(t *testing.T) {
	for name, to := range map[string]string{
		"too long a text": "\x30good text", "bytes that are left": "\x08good text", "no length at all": "\xffgood text", "a length of 8 bytes": "\xfegood text",
	} {
		c := connectAt(t, forge(t, "\x09good text", to))
		got, err := prepare(t, c, "SELECT seq, 7, IF(seq = 500, CONCAT('good', ' ', 'text'), '') FROM seq_1_to_3000", 0).Query(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for got.Next() {
			n++
		}
		var lost *driver.ConnError
		if err := got.Close(); !errors.As(err, &lost) || !lost.Sent || !strings.Contains(err.Error(), "not one of its columns") || !c.Broken() || n != 499 {
			t.Errorf("%s: got %v after %d rows, want a ConnError after 499", name, err, n)
		}
		if c.raw.IsValid() {
			t.Errorf("%s: the Go driver's connection is still there", name)
		}
	}
}

// A server that hangs up may say so right behind an answer. What comes next was not
// sent then.
func TestUnaskedPackets(t *testing.T) {
	const warned, killed = "\x07\x00\x00\x01\x00\x00\x00\x02\x00\x01\x00", "\x0d\x00\x00\x00\xff\x87\x07#70100bye!"
	c := connectAt(t, forge(t, warned, warned+killed))
	if !c.Alive() {
		t.Error("a new connection is not alive")
	}
	exec(t, c, "DO 1 / 0")
	if c.Alive() {
		t.Error("a connection that says goodbye is alive")
	}
	written := c.net.written.Load()
	_, err := c.Exec(context.Background(), "DO 1")
	var lost *driver.ConnError
	if !errors.As(err, &lost) || lost.Sent || !c.Broken() || c.raw.IsValid() || c.net.written.Load() != written {
		t.Errorf("got %v, want a ConnError of a statement that was not sent", err)
	}
}

// forge stands between a client and the test server, and replaces bytes of what the
// server sends.
func forge(t *testing.T, from, to string) net.Addr {
	t.Helper()
	k := testConnector(t, "").(*connector)
	network, target := k.cfg.address()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial(network, target)
			if err != nil {
				client.Close()
				return
			}
			go func() { io.Copy(server, client); server.Close() }()
			go func() {
				defer client.Close()
				b := make([]byte, 1<<20)
				for n, err := 0, error(nil); err == nil; {
					n, err = io.ReadAtLeast(server, b, 1)
					client.Write(bytes.ReplaceAll(b[:n], []byte(from), []byte(to)))
				}
			}()
		}
	}()
	return listener.Addr()
}
