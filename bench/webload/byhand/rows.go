package byhand

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"
)

func (s *statements) signedIn(ctx context.Context, token string) (*user, error) {
	u := &user{}
	err := s.login.QueryRowContext(ctx, token, time.Now().UTC()).Scan(&u.ID, &u.Name)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return u, err
}

func (s *statements) addUser(ctx context.Context, name string) (int64, error) {
	return s.insert(ctx, nil, s.insertUser, name, "none", time.Now().UTC())
}

func (s *statements) addLogin(ctx context.Context, token string, user int64, expires time.Time) error {
	_, err := s.insertLogin.ExecContext(ctx, token, user, expires.UTC())
	return err
}

// pattern is the LIKE of a text within.
func pattern(text string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(text) + "%"
}

func (s *statements) count(ctx context.Context, search string) (n int64, err error) {
	if search == "" {
		return n, s.countAll.QueryRowContext(ctx).Scan(&n)
	}
	like := pattern(search)
	return n, s.countFound.QueryRowContext(ctx, like, like).Scan(&n)
}

func (s *statements) posts(ctx context.Context, search string, offset int) ([]*post, error) {
	st, args := s.pageAll, []any{postsPerPage, offset}
	if search != "" {
		like := pattern(search)
		st, args = s.pageFound, []any{like, like, postsPerPage, offset}
	}
	rows, err := st.QueryContext(ctx, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []*post
	for rows.Next() {
		p, err := scanPost(rows.Scan)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, rows.Err()
}

func scanPost(scan func(to ...any) error) (*post, error) {
	p := &post{}
	err := scan(&p.ID, &p.Title, &p.Text, &p.AuthorID, &p.Written, &p.Edited, &p.Replies, &p.Points, &p.Version, &p.Author.user.Name)
	p.Author.user.ID = p.AuthorID
	return p, err
}

func (s *statements) post(ctx context.Context, id int64) (*post, error) {
	return scanPost(s.onePost.QueryRowContext(ctx, id).Scan)
}

// tagsOf fills the tags of posts, of which there is at most a page.
func (s *statements) tagsOf(ctx context.Context, posts []*post) error {
	if len(posts) == 0 {
		return nil
	}
	byID := make(map[int64]*post, len(posts))
	args := make([]any, len(posts))
	for i, p := range posts {
		byID[p.ID], args[i] = p, p.ID
	}
	rows, err := s.tagsOfPosts[len(posts)].QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var t tag
		if err := rows.Scan(&id, &t.Name); err != nil {
			return err
		}
		byID[id].Tags = append(byID[id].Tags, t)
	}
	return rows.Err()
}

func (s *statements) countComments(ctx context.Context, post int64) (n int64, err error) {
	return n, s.countReplies.QueryRowContext(ctx, post).Scan(&n)
}

func (s *statements) comments(ctx context.Context, post int64, offset int) ([]*comment, error) {
	rows, err := s.pageReplies.QueryContext(ctx, post, commentsPerPage, offset)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []*comment
	for rows.Next() {
		c := &comment{}
		if err := rows.Scan(&c.ID, &c.Text, &c.Written, &c.Author.user.ID, &c.Author.user.Name); err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, rows.Err()
}

func (s *statements) voted(ctx context.Context, post, user int64) (bool, error) {
	var n int64
	err := s.hasVoted.QueryRowContext(ctx, post, user).Scan(&n)
	return n > 0, err
}

// addPost adds a post with its tags, which are sorted, so that two posts don't wait
// for each other's.
func (s *statements) addPost(ctx context.Context, author int64, title, text string, names []string) (id int64, err error) {
	err = s.within(ctx, func(tx *sql.Tx) error {
		if id, err = s.insert(ctx, tx, s.insertPost, title, text, author, time.Now().UTC()); err != nil {
			return err
		}
		for _, name := range names {
			if err := s.addTag(ctx, tx, id, name); err != nil {
				return err
			}
		}
		return nil
	})
	return id, err
}

func (s *statements) addTag(ctx context.Context, tx *sql.Tx, post int64, name string) error {
	find := tx.StmtContext(ctx, s.tagID)
	var id int64
	err := find.QueryRowContext(ctx, name).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		if _, err := s.exec(ctx, tx, s.insertTag, name); err != nil {
			return err
		}
		err = find.QueryRowContext(ctx, name).Scan(&id)
	}
	if err != nil {
		return err
	}
	_, err = s.exec(ctx, tx, s.insertPostTag, post, id)
	return err
}

// addComment adds a comment and counts it, and returns how many there were before.
func (s *statements) addComment(ctx context.Context, post, author int64, text string) (id, before int64, err error) {
	err = s.within(ctx, func(tx *sql.Tx) error {
		n, err := s.exec(ctx, tx, s.addReply, post)
		if err != nil {
			return err
		}
		if n == 0 {
			return errNotFound
		}
		if id, err = s.insert(ctx, tx, s.insertComment, post, author, text, time.Now().UTC()); err != nil {
			return err
		}
		return tx.StmtContext(ctx, s.countBefore).QueryRowContext(ctx, post, id).Scan(&before)
	})
	return id, before, err
}

// vote gives a point, or takes it back.
func (s *statements) vote(ctx context.Context, post, user int64) error {
	return s.within(ctx, func(tx *sql.Tx) error {
		var n int64
		if err := tx.StmtContext(ctx, s.voteThere).QueryRowContext(ctx, post, user).Scan(&n); err != nil {
			return err
		}
		by, st := int64(1), s.insertVote
		if n > 0 {
			by, st = -1, s.deleteVote
		}
		changed, err := s.exec(ctx, tx, s.addPoint, by, post)
		if err != nil {
			return err
		}
		if changed == 0 {
			return errNotFound
		}
		changed, err = s.exec(ctx, tx, st, post, user)
		if err == nil && changed == 0 {
			err = errors.New("a vote at the same time")
		}
		return err
	})
}
