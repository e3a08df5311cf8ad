using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Vicinal.Model.Json;
using Vicinal.Model.Resources;
using Vicinal.Model.Rules;

namespace Vicinal.Server.Store.Sqlite;

/// <summary>
/// The store in one SQLite file. A commit is one transaction in the write-ahead log, synced before it returns
/// (synchronous=FULL): after a crash at any point the file holds all commits up to some point and nothing of the rest.
/// The file is locked for as long as it is open, which keeps a second server out and SQLite's shared memory away.
/// </summary>
public sealed class SqliteStore : IStore
{
    /// <summary>Log pages after which a commit also moves the log into the database: 8 MiB, a few milliseconds of work.</summary>
    private const int CheckpointPages = 2000;

    private const string RevisionCursor = "revision";
    private const string SegmentationPrefix = "segmentation_id:";

    /// <summary>Of stores from before each tunnel type had a space of its own.</summary>
    private const string VniCursor = "vni";
    private const string PortKeyPrefix = "port_key:";

    private readonly string _file;
    private readonly SqliteConnection _connection;
    private readonly SqliteStatement _begin;
    private readonly SqliteStatement _commit;
    private readonly SqliteStatement _put;
    private readonly SqliteStatement _remove;
    private readonly SqliteStatement _setCursor;
    private readonly SqliteStatement _dropCursor;
    private readonly ArrayBufferWriter<byte> _body = new(4096);
    private StoreException? _broken;

    private SqliteStore(string file, SqliteConnection connection)
    {
        _file = file;
        _connection = connection;
        _begin = connection.Prepare("BEGIN IMMEDIATE");
        _commit = connection.Prepare("COMMIT");
        _put = connection.Prepare("""
            INSERT INTO resource(kind, id, revision, body) VALUES(?1, ?2, ?3, ?4)
            ON CONFLICT(kind, id) DO UPDATE SET revision = excluded.revision, body = excluded.body
            """);
        _remove = connection.Prepare("DELETE FROM resource WHERE kind = ?1 AND id = ?2");
        _setCursor = connection.Prepare("""
            INSERT INTO cursor(name, value) VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET value = excluded.value
            """);
        _dropCursor = connection.Prepare("DELETE FROM cursor WHERE name = ?1");
    }

    /// <summary>Opens the file, or makes it, readable by its owner alone. Its directory must exist.</summary>
    /// <exception cref="StoreException">It is in use, damaged, newer than this program or not a store at all.</exception>
    public static SqliteStore Open(string file)
    {
        SqliteConnection? connection = null;
        try
        {
            CreateFile(file);
            connection = new SqliteConnection(file);

            // Before the first access, so that the log's index lives in this process's memory and the lock is taken at once.
            connection.Execute("PRAGMA locking_mode = EXCLUSIVE");
            SqliteSchema.Prepare(connection, file);
            if (connection.QueryText("PRAGMA journal_mode = WAL") is not "wal")
            {
                throw new StoreException($"The store {file} cannot have a write-ahead log where it is.", isLasting: true);
            }

            connection.Execute("PRAGMA synchronous = FULL");
            connection.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA wal_autocheckpoint = {CheckpointPages}"));
            connection.Execute("PRAGMA journal_size_limit = 67108864");
            connection.Execute("PRAGMA cache_size = -16384");
            Lock(connection);
            CheckPages(connection, file);
            return new SqliteStore(file, connection);
        }
        catch (SqliteException failure)
        {
            connection?.Dispose();
            throw SqliteFaults.Describe(file, failure);
        }
        catch
        {
            connection?.Dispose();
            throw;
        }
    }

    public StoredState Load()
    {
        try
        {
            Dictionary<string, long> cursors = ReadCursors();
            Dictionary<Guid, uint> portKeys = [];
            Dictionary<string, uint> segmentation = [];
            foreach ((string name, long value) in cursors)
            {
                if (name.StartsWith(PortKeyPrefix, StringComparison.Ordinal))
                {
                    portKeys[Guid.Parse(name.AsSpan(PortKeyPrefix.Length))] = checked((uint)value);
                }
                else if (name.StartsWith(SegmentationPrefix, StringComparison.Ordinal))
                {
                    segmentation[name[SegmentationPrefix.Length..]] = checked((uint)value);
                }
            }

            if (cursors.TryGetValue(VniCursor, out long vni))
            {
                _ = segmentation.TryAdd(NetworkTypes.Geneve, checked((uint)vni));
            }

            return new StoredState(ReadResources(), cursors.GetValueOrDefault(RevisionCursor), portKeys, segmentation);
        }
        catch (SqliteException failure)
        {
            throw SqliteFaults.Describe(_file, failure);
        }
        catch (Exception failure) when (failure is FormatException or OverflowException)
        {
            throw SqliteFaults.Damaged(_file, $"a cursor is unreadable, {failure.Message}", failure);
        }
    }

    public void Commit(StoreCommit commit)
    {
        if (_broken is not null)
        {
            throw _broken;
        }

        try
        {
            _begin.Execute();
            Write(commit);
            _commit.Execute();
        }
        catch (Exception failure)
        {
            RollBack();
            if (failure is not SqliteException sqlite)
            {
                throw;
            }

            StoreException described = SqliteFaults.Describe(_file, sqlite);
            _broken = described.IsLasting ? described : null;
            throw described;
        }
    }

    /// <summary>Moves the log into the database file and removes it.</summary>
    public void Dispose() => _connection.Dispose();

    private void Write(StoreCommit commit)
    {
        foreach (Resource removal in commit.Removals)
        {
            _remove.Bind(1, ResourceJson.KindOf(removal)).Bind(2, removal.Id.ToString()).Execute();
        }

        foreach (Resource put in commit.Puts)
        {
            _body.ResetWrittenCount();
            ResourceJson.Write(put, _body);
            _put.Bind(1, ResourceJson.KindOf(put)).Bind(2, put.Id.ToString()).Bind(3, commit.Revision).Bind(4, _body.WrittenSpan).Execute();
        }

        foreach ((Guid network, uint? next) in commit.PortKeys)
        {
            string name = PortKeyPrefix + network;
            if (next is { } key)
            {
                _setCursor.Bind(1, name).Bind(2, key).Execute();
            }
            else
            {
                _dropCursor.Bind(1, name).Execute();
            }
        }

        foreach ((string space, uint last) in commit.SegmentationCursors)
        {
            _setCursor.Bind(1, SegmentationPrefix + space).Bind(2, last).Execute();
        }

        _setCursor.Bind(1, RevisionCursor).Bind(2, commit.Revision).Execute();
    }

    private void RollBack()
    {
        if (_connection.InTransaction)
        {
            try
            {
                _connection.Execute("ROLLBACK");
            }
            catch (SqliteException failure)
            {
                _broken = SqliteFaults.Describe(_file, failure);
            }
        }
    }

    private Dictionary<string, long> ReadCursors()
    {
        Dictionary<string, long> cursors = new(StringComparer.Ordinal);
        using SqliteStatement rows = _connection.Query("SELECT name, value FROM cursor");
        while (rows.Step())
        {
            cursors[Encoding.UTF8.GetString(rows.Text(0))] = rows.Int64(1);
        }

        return cursors;
    }

    private List<Resource> ReadResources()
    {
        List<Resource> resources = [];
        using SqliteStatement rows = _connection.Query("SELECT kind, id, body FROM resource ORDER BY rowid");
        while (rows.Step())
        {
            string kind = Encoding.UTF8.GetString(rows.Text(0));
            try
            {
                resources.Add(ResourceJson.Read(kind, rows.Text(2)));
            }
            catch (JsonException failure)
            {
                throw SqliteFaults.Damaged(_file, $"{kind} {Encoding.UTF8.GetString(rows.Text(1))} is unreadable, {failure.Message}", failure);
            }
        }

        return resources;
    }

    private static void CreateFile(string file)
    {
        if (File.Exists(file))
        {
            return;
        }

        try
        {
            FileStreamOptions options = new()
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            };

            // SQLite gives its log the mode of the database.
            new FileStream(file, options).Dispose();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"The store {file} cannot be made: {failure.Message}", isLasting: true, failure);
        }
    }

    /// <summary>A write transaction of no content: with exclusive locking, what it locks stays locked.</summary>
    private static void Lock(SqliteConnection connection)
    {
        connection.Execute("BEGIN EXCLUSIVE");
        connection.Execute("COMMIT");
    }

    private static void CheckPages(SqliteConnection connection, string file)
    {
        string? verdict = connection.QueryText("PRAGMA quick_check(1)");
        if (verdict is not "ok")
        {
            throw SqliteFaults.Damaged(file, verdict ?? "its check gave no answer");
        }
    }
}
