package webload

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strconv"
	"strings"
)

// Client is one visitor of a site. It remembers each write that was acknowledged.
type Client struct {
	name   string
	base   string
	http   *http.Client
	random *rand.Rand
	posts  int // how many the site had when the client came
	sent   int

	// Posts and Comments are the texts of what was acknowledged, by the id that the
	// answer named.
	Posts, Comments map[int64]string
}

// Visitors sign up, each with a number of its own after the name.
func Visitors(ctx context.Context, base string, transport http.RoundTripper, name string, count, posts int, seed uint64) ([]*Client, error) {
	list := make([]*Client, count)
	for i := range list {
		jar, err := cookiejar.New(nil)
		if err != nil {
			return nil, err
		}
		c := &Client{
			name: fmt.Sprintf("%s-%d", name, i), base: base, random: random(seed, i), posts: posts,
			http: &http.Client{
				Jar: jar, Transport: transport,
				CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			},
			Posts: map[int64]string{}, Comments: map[int64]string{},
		}
		if _, err := c.send(ctx, "/sign-up", "name", c.name, "password", "correct horse"); err != nil {
			return nil, fmt.Errorf("%s signs up: %w", c.name, err)
		}
		list[i] = c
	}
	return list, nil
}

func (c *Client) front(ctx context.Context) error {
	if n := c.random.IntN(3); n > 0 {
		return c.get(ctx, fmt.Sprintf("/?page=%d", n+1))
	}
	return c.get(ctx, "/")
}

// known is a post that is there.
func (c *Client) known() string { return strconv.Itoa(c.random.IntN(c.posts) + 1) }

func (c *Client) readPost(ctx context.Context) error { return c.get(ctx, "/posts/"+c.known()) }

func (c *Client) search(ctx context.Context) error {
	words := [...]string{"bread", "river", "Compiler", "zzz"}
	return c.get(ctx, "/search?q="+words[c.random.IntN(len(words))])
}

// text is one that nobody else writes.
func (c *Client) text(what string) string {
	c.sent++
	return fmt.Sprintf("%s %d of %s", what, c.sent, c.name)
}

func (c *Client) addPost(ctx context.Context) error {
	text := c.text("post")
	to, err := c.send(ctx, "/posts", "title", "A post about bread", "text", text, "tags", "bread, tag-"+strconv.Itoa(c.random.IntN(20)))
	if err != nil {
		return err
	}
	return acknowledge(c.Posts, strings.TrimPrefix(to, "/posts/"), text)
}

func (c *Client) comment(ctx context.Context) error {
	text := c.text("comment")
	to, err := c.send(ctx, "/posts/"+c.known()+"/comments", "text", text)
	if err != nil {
		return err
	}
	_, id, _ := strings.Cut(to, "#comment-")
	return acknowledge(c.Comments, id, text)
}

func acknowledge(all map[int64]string, id, text string) error {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return fmt.Errorf("the answer names no id: %w", err)
	}
	if _, twice := all[n]; twice {
		return fmt.Errorf("the id %d was given twice", n)
	}
	all[n] = text
	return nil
}

func (c *Client) vote(ctx context.Context) error {
	_, err := c.send(ctx, "/posts/"+c.known()+"/vote")
	return err
}

func (c *Client) get(ctx context.Context, path string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path, nil)
	if err != nil {
		return err
	}
	_, err = c.do(r, http.StatusOK)
	return err
}

// send sends a form, and returns where the answer leads to.
func (c *Client) send(ctx context.Context, path string, pairs ...string) (to string, err error) {
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return c.do(r, http.StatusSeeOther)
}

// do reads the whole answer, which has to have the status, and returns its Location.
func (c *Client) do(r *http.Request, status int) (string, error) {
	resp, err := c.http.Do(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", err
	}
	if resp.StatusCode != status || len(body) == 0 && r.Method == http.MethodGet {
		return "", fmt.Errorf("status %d with %d bytes, want %d", resp.StatusCode, len(body), status)
	}
	return resp.Header.Get("Location"), nil
}
