using System.Runtime.InteropServices;
using System.Text;

namespace Vicinal.Server.Store.Sqlite;

/// <summary>What SQLite answered instead of doing what it was asked; the store turns it into words for the operator.</summary>
internal sealed class SqliteException(int code, string message) : Exception($"{message} (SQLite error {code})")
{
    /// <summary>The extended result code (https://sqlite.org/rescode.html).</summary>
    public int Code { get; } = code;

    /// <summary>The primary result code: the low eight bits.</summary>
    public int Primary => Code & 0xFF;
}

/// <summary>One open database. Owned by one thread at a time.</summary>
internal sealed class SqliteConnection : IDisposable
{
    private readonly List<SqliteStatement> _statements = [];
    private nint _database;

    /// <summary>Opens a file that exists, for reading and writing.</summary>
    public SqliteConnection(string file)
    {
        int code = SqliteApi.Open(file, out _database, SqliteApi.OpenReadWrite | SqliteApi.OpenNoMutex, 0);
        if (code != SqliteApi.Ok)
        {
            SqliteException failure = Failure(code);
            Dispose();
            throw failure;
        }

        _ = SqliteApi.ExtendedResultCodes(_database, 1);
    }

    /// <summary>A commit that failed may leave the transaction open or have rolled it back already; this tells.</summary>
    public bool InTransaction => SqliteApi.GetAutocommit(_database) == 0;

    /// <summary>A statement that lives as long as the connection.</summary>
    public SqliteStatement Prepare(string sql)
    {
        SqliteStatement statement = Compile(sql, SqliteApi.PreparePersistent);
        _statements.Add(statement);
        return statement;
    }

    /// <summary>A statement that is run once; the caller disposes of it.</summary>
    public SqliteStatement Query(string sql) => Compile(sql, 0);

    /// <summary>Runs one statement and drops its rows.</summary>
    public void Execute(string sql)
    {
        using SqliteStatement statement = Query(sql);
        while (statement.Step())
        {
        }
    }

    /// <summary>The first column of the first row, or null without one.</summary>
    public string? QueryText(string sql)
    {
        using SqliteStatement statement = Query(sql);
        return statement.Step() ? Encoding.UTF8.GetString(statement.Text(0)) : null;
    }

    public long QueryInt64(string sql)
    {
        using SqliteStatement statement = Query(sql);
        return statement.Step() ? statement.Int64(0) : 0;
    }

    public void Dispose()
    {
        foreach (SqliteStatement statement in _statements)
        {
            statement.Dispose();
        }

        _statements.Clear();
        if (_database != 0)
        {
            _ = SqliteApi.Close(_database);
            _database = 0;
        }
    }

    internal SqliteException Failure(int code)
    {
        string message = _database == 0 ? "out of memory" : Marshal.PtrToStringUTF8(SqliteApi.ErrorMessage(_database)) ?? "unknown error";
        return new SqliteException(code, message);
    }

    private unsafe SqliteStatement Compile(string sql, uint flags)
    {
        byte[] text = Encoding.UTF8.GetBytes(sql);
        fixed (byte* start = text)
        {
            int code = SqliteApi.Prepare(_database, start, text.Length, flags, out nint handle, 0);
            return code == SqliteApi.Ok ? new SqliteStatement(this, handle) : throw Failure(code);
        }
    }
}
