package rules

import "time"

// RedisCause is the cause of every rule about Redis connections: they make one incident.
const RedisCause = "redis-connections"

// redisRules say whether Redis is out of connections. Only the server's own words are certain. Over TLS
// it says nothing (Redis drops the connection before the handshake), so the add-on's numbers decide,
// and what clients say of dropped connections is held against them.
func redisRules() []Rule {
	return []Rule{
		{
			Name: "redis-connections-exhausted", Severity: Critical, Cause: RedisCause,
			Match: &Match{
				Kind: []string{"app"}, IgnoreCase: true,
				Contains: []string{"max number of clients reached", "max number of clients + cluster connections reached"},
			},
			Count: 1, Window: 2 * time.Minute,
			Metric: "redis_connections_ratio", Above: new(0.97), Samples: 1, By: []string{"addon"},
			KeepFiringFor: 5 * time.Minute,
			Summary:       `Redis {{with .Addon}}{{.}} {{end}}is out of connections{{if .Metric}} ({{percent .Value}} of its limit){{end}}`,
		},
		{
			Name: "redis-exhaustion-suspected", Severity: Warning, Cause: RedisCause,
			All: []string{"connections-dropped"}, Any: []string{"redis-client-errors", "redis-connections-raised"},
			Unless: []string{"redis-connections-fine"}, By: []string{"app"},
			InhibitedBy:   []string{"redis-connections-exhausted"},
			KeepFiringFor: 5 * time.Minute,
			Summary:       `Redis seems to be out of connections: it drops those of its clients`,
		},
		{
			Name: "redis-connections-high", Severity: Warning, Cause: RedisCause,
			Metric: "redis_connections_ratio", Above: new(0.8), Samples: 2, By: []string{"addon"},
			InhibitedBy:   []string{"redis-connections-exhausted"},
			KeepFiringFor: 5 * time.Minute,
			Summary:       `Redis {{.Addon}} uses {{percent .Value}} of its connections`,
		},
		{
			// Its numbers say that there is room, so it is not the plan: a restart or a failover of
			// Redis, the network, a wrong certificate.
			Name: "redis-connections-dropped", Severity: Warning, Cause: RedisCause,
			All: []string{"redis-drops"}, For: 2 * time.Minute,
			InhibitedBy:   []string{"redis-connections-exhausted", "redis-exhaustion-suspected"},
			KeepFiringFor: 5 * time.Minute,
			Summary:       `Redis drops its clients' connections though it has room for more`,
		},
		{
			// BullMQ prints its whole script with the error, hundreds of lines: one of them says this.
			Name: "redis-memory-full", Severity: Critical,
			Match: &Match{Contains: []string{"command not allowed when used memory"}},
			Count: 1, Window: 5 * time.Minute,
			KeepFiringFor: 10 * time.Minute,
			Summary:       `Redis is out of memory and refuses to write`,
		},
		{
			// A client's own pool is too small, whatever the plan has: another cause, another cure.
			Name: "redis-pool-exhausted", Severity: Warning,
			Match: &Match{Contains: []string{
				"MaxConnectionsError: Too many connections", "ConnectionError: No connection available.",
				"redis: connection pool timeout", "redis: connection pool exhausted", "redigo: connection pool exhausted",
				"Could not get a resource from the pool",
			}},
			Count: 3, Window: 5 * time.Minute,
			InhibitedBy:   []string{"redis-connections-exhausted"},
			KeepFiringFor: 5 * time.Minute,
			Summary:       `the app's own pool of Redis connections is too small, or they are not given back`,
		},

		// The texts are long, so that looking for them costs next to nothing: 18 bytes or more.
		{
			Name: "connections-dropped", Signal: true,
			Match: &Match{Contains: []string{
				"Client network socket disconnected before secure TLS connection was established", "UNEXPECTED_EOF_WHILE_READING",
				"Error: write EPIPE", "failed - write EPIPE", "Error: read ECONNRESET", "failed - read ECONNRESET",
				"Connection reset by peer", "write: broken pipe", "connection pool: failed to dial after",
			}},
			Count: 3, Window: 2 * time.Minute,
		},
		{
			// The lines of a stack trace are messages of their own, and seldom the one with the error.
			Name: "redis-client-errors", Signal: true,
			Match: &Match{IgnoreCase: true, Contains: []string{
				"at RedisClient.on_error", "RedisClient::ConnectionError", "node_modules/redis", "node_modules/ioredis", "node_modules/@redis/client",
				"[ioredis] Unhandled error", "redis connection to", "redis connection lost", "redis client error", "redis error: Error", "redis_connection_error",
				"redis.exceptions.ConnectionError", "Redis::ConnectionError", "Redis::CannotConnectError", "redis: connection pool: failed",
			}},
			Count: 1, Window: 2 * time.Minute,
		},
		{Name: "redis-drops", Signal: true, All: []string{"connections-dropped", "redis-client-errors"}},
		{Name: "redis-connections-raised", Signal: true, Metric: "redis_connections_ratio", Above: new(0.8)},
		{Name: "redis-connections-fine", Signal: true, Metric: "redis_connections_ratio", Below: new(0.7999)}, // what is not raised; a bound is within itself
	}
}
