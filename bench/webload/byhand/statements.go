package byhand

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// Product is what a programmer knows about the database.
type Product struct {
	Numbered  bool   // parameters are $1, $2, … instead of ?
	Returning bool   // an id comes by RETURNING
	Like      string // a text without regard to case, of a column
	Current   string // after a SELECT in a transaction: what others have committed since it began is seen too
	Ignore    string // the beginning and end of an INSERT of what may be there already, around a %s
}

// The products.
var (
	SQLite     = Product{Like: `%s LIKE ? ESCAPE '\'`, Ignore: "INSERT INTO %s ON CONFLICT DO NOTHING"}
	PostgreSQL = Product{Numbered: true, Returning: true, Like: `%s ILIKE ? ESCAPE '\'`, Ignore: "INSERT INTO %s ON CONFLICT DO NOTHING"}
	MariaDB    = Product{Current: " LOCK IN SHARE MODE", Like: `%s LIKE ? ESCAPE '\\'`, Ignore: "INSERT IGNORE INTO %s"}
)

// text writes the parameters as the product has them.
func (p Product) text(query string) string {
	if !p.Numbered {
		return query
	}
	var b strings.Builder
	n := 0
	for part := range strings.SplitSeq(query, "?") {
		if n > 0 {
			fmt.Fprintf(&b, "$%d", n)
		}
		b.WriteString(part)
		n++
	}
	return b.String()
}

// statements are all that the forum says to its database.
type statements struct {
	write   *sql.DB
	product Product
	all     []*sql.Stmt

	login, insertUser, insertLogin           *sql.Stmt
	countAll, countFound, pageAll, pageFound *sql.Stmt
	onePost, hasVoted                        *sql.Stmt
	countReplies, countBefore, pageReplies   *sql.Stmt
	insertPost, insertComment, addReply      *sql.Stmt
	insertVote, deleteVote, addPoint         *sql.Stmt
	voteThere                                *sql.Stmt
	insertTag, tagID, insertPostTag          *sql.Stmt
	tagsOfPosts                              [postsPerPage + 1]*sql.Stmt // by how many
}

const (
	postColumns = "p.id, p.title, p.text, p.author_id, p.written, p.edited, p.replies, p.points, p.version, u.name " +
		"FROM forum_posts p JOIN forum_users u ON u.id = p.author_id"
	newestFirst = " ORDER BY p.id DESC LIMIT ? OFFSET ?"
)

func prepare(ctx context.Context, read, write *sql.DB, p Product) (*statements, error) {
	s := &statements{write: write, product: p}
	if err := errors.Join(s.prepareAll(ctx, read, s.reads()), s.prepareAll(ctx, write, s.writes())); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *statements) prepareAll(ctx context.Context, db *sql.DB, list map[string]**sql.Stmt) error {
	for query, to := range list {
		st, err := db.PrepareContext(ctx, s.product.text(query))
		if err != nil {
			return fmt.Errorf("%s: %w", query, err)
		}
		*to = st
		s.all = append(s.all, st)
	}
	return nil
}

func (s *statements) reads() map[string]**sql.Stmt {
	like := "(" + fmt.Sprintf(s.product.Like, "p.title") + " OR " + fmt.Sprintf(s.product.Like, "p.text") + ")"
	list := map[string]**sql.Stmt{
		"SELECT u.id, u.name FROM forum_logins l JOIN forum_users u ON u.id = l.user_id WHERE l.token = ? AND l.expires > ?": &s.login,
		"SELECT COUNT(*) FROM forum_posts":                                   &s.countAll,
		"SELECT COUNT(*) FROM forum_posts p WHERE " + like:                   &s.countFound,
		"SELECT " + postColumns + newestFirst:                                &s.pageAll,
		"SELECT " + postColumns + " WHERE " + like + newestFirst:             &s.pageFound,
		"SELECT " + postColumns + " WHERE p.id = ?":                          &s.onePost,
		"SELECT COUNT(*) FROM forum_votes WHERE post_id = ? AND user_id = ?": &s.hasVoted,
		"SELECT COUNT(*) FROM forum_comments WHERE post_id = ?":              &s.countReplies,
		"SELECT c.id, c.text, c.written, u.id, u.name FROM forum_comments c JOIN forum_users u ON u.id = c.author_id WHERE c.post_id = ? ORDER BY c.id LIMIT ? OFFSET ?": &s.pageReplies,
	}
	for n := 1; n < len(s.tagsOfPosts); n++ {
		more := strings.Repeat(", ?", n-1)
		list["SELECT x.post_id, t.name FROM forum_post_tags x JOIN forum_tags t ON t.id = x.tag_id WHERE x.post_id IN (?"+more+") ORDER BY t.name"] = &s.tagsOfPosts[n]
	}
	return list
}

func (s *statements) writes() map[string]**sql.Stmt {
	return map[string]**sql.Stmt{
		s.inserting("forum_users (name, password, joined) VALUES (?, ?, ?)"):                                                &s.insertUser,
		"INSERT INTO forum_logins (token, user_id, expires) VALUES (?, ?, ?)":                                               &s.insertLogin,
		"SELECT COUNT(*) FROM forum_comments WHERE post_id = ? AND id < ?":                                                  &s.countBefore,
		"SELECT COUNT(*) FROM forum_votes WHERE post_id = ? AND user_id = ?":                                                &s.voteThere,
		s.inserting("forum_posts (title, text, author_id, written, replies, points, version) VALUES (?, ?, ?, ?, 0, 0, 1)"): &s.insertPost,
		s.inserting("forum_comments (post_id, author_id, text, written) VALUES (?, ?, ?, ?)"):                               &s.insertComment,
		"UPDATE forum_posts SET replies = replies + 1 WHERE id = ?":                                                         &s.addReply,
		fmt.Sprintf(s.product.Ignore, "forum_votes (post_id, user_id) VALUES (?, ?)"):                                       &s.insertVote,
		"DELETE FROM forum_votes WHERE post_id = ? AND user_id = ?":                                                         &s.deleteVote,
		"UPDATE forum_posts SET points = points + ? WHERE id = ?":                                                           &s.addPoint,
		fmt.Sprintf(s.product.Ignore, "forum_tags (name) VALUES (?)"):                                                       &s.insertTag,
		"SELECT id FROM forum_tags WHERE name = ?" + s.product.Current:                                                      &s.tagID,
		"INSERT INTO forum_post_tags (post_id, tag_id) VALUES (?, ?)":                                                       &s.insertPostTag,
	}
}

func (s *statements) inserting(what string) string {
	if s.product.Returning {
		return "INSERT INTO " + what + " RETURNING id"
	}
	return "INSERT INTO " + what
}

func (s *statements) close() error {
	var errs []error
	for _, st := range s.all {
		errs = append(errs, st.Close())
	}
	return errors.Join(errs...)
}

// insert executes an INSERT of one row and returns its id.
func (s *statements) insert(ctx context.Context, tx *sql.Tx, st *sql.Stmt, args ...any) (id int64, err error) {
	if tx != nil {
		st = tx.StmtContext(ctx, st)
	}
	if s.product.Returning {
		return id, st.QueryRowContext(ctx, args...).Scan(&id)
	}
	r, err := st.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return r.LastInsertId()
}

// within runs a transaction.
func (s *statements) within(ctx context.Context, f func(tx *sql.Tx) error) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func (s *statements) exec(ctx context.Context, tx *sql.Tx, st *sql.Stmt, args ...any) (int64, error) {
	r, err := tx.StmtContext(ctx, st).ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}
