UPDATE "users" SET "name" = $1 WHERE "users"."id" = $2; -- "Eve", 3
